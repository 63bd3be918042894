"""Write the trained network into the package: `python -m tests.training.export --folder .cache/training`.

It is written twice: as it was trained, for what is read on cards, and in eight bits, for the first look at any picture.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from idscan.engines.text_recognizer import HEIGHT, PADDING
from tests.training import MODELS
from tests.training.convolutions import weights_of, write
from tests.training.eight_bit import eight_bit
from tests.training.faces import find_faces
from tests.training.lines import LineMaker
from tests.training.net import COLUMN, LineNet
from tests.training.texts import ALPHABET

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLES, _WIDTH, _SEED = 60, 480, 29


def exported(net: LineNet) -> bytes:
    """Return the network as ONNX: input "lines", output "letters", both of any number and width."""
    net.eval()
    buffer = io.BytesIO()
    torch.onnx.export(
        net,
        (torch.zeros(2, 1, HEIGHT, 80 * COLUMN),),
        buffer,
        input_names=["lines"],
        output_names=["letters"],
        dynamic_axes={"lines": {0: "lines", 3: "width"}, "letters": {0: "lines", 1: "columns"}},
        dynamo=False,
    )
    return buffer.getvalue()


def _samples(folders: list[Path]) -> list[NDArray[np.float32]]:
    """Return made-up lines as the network is given them, cut or padded to one width."""
    maker = LineMaker(find_faces(folders), _SEED)
    samples = np.full((_SAMPLES, 1, 1, HEIGHT, _WIDTH), PADDING, np.float32)
    for place in range(_SAMPLES):
        line = maker.make().pixels[:, :_WIDTH]
        samples[place, 0, 0, :, : line.shape[1]] = line
    return list(samples / 127.5 - 1)


def main() -> None:
    """Export the average of the weights, and say beside it what it was trained with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".cache/training"))
    parser.add_argument("--fonts", type=Path, nargs="+", default=[Path("/usr/share/fonts")])
    options = parser.parse_args()
    kept = torch.load(options.folder / "checkpoint.pt", weights_only=True)
    net = LineNet()
    net.load_state_dict(kept["average"])
    MODELS.mkdir(exist_ok=True)
    model = exported(net)
    facts = {
        "alphabet": ALPHABET,
        "parameters": weights_of(net),
        "lines_seen": round(kept["lines"] + kept["lines_before"]),
        "minutes": round((kept["seconds"] + kept["seconds_before"]) / 60),
    }
    write(model, "lines", facts)
    write(eight_bit(model, _samples(options.fonts)), "lines_quick", facts)


if __name__ == "__main__":
    sys.exit(main())

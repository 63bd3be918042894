"""Write the trained network into the package: `python -m tests.training.export --folder .cache/training`."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
from pathlib import Path

import torch

from idscan.engines.lines import HEIGHT
from tests.training import MODELS
from tests.training.net import COLUMN, LineNet
from tests.training.texts import ALPHABET


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


def main() -> None:
    """Export the average of the weights, and say beside it what it was trained with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".cache/training"))
    options = parser.parse_args()
    kept = torch.load(options.folder / "checkpoint.pt", weights_only=True)
    net = LineNet()
    net.load_state_dict(kept["average"])
    model = exported(net)
    MODELS.mkdir(exist_ok=True)
    (MODELS / "lines.onnx").write_bytes(model)
    card = {
        "sha256": hashlib.sha256(model).hexdigest(),
        "alphabet": ALPHABET,
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "lines_seen": round(kept["lines"] + kept["lines_before"]),
        "minutes": round((kept["seconds"] + kept["seconds_before"]) / 60),
    }
    (MODELS / "lines.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(model) / 1e6:.2f} MB, {card['lines_seen']} lines seen")


if __name__ == "__main__":
    sys.exit(main())

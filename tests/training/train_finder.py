"""Train the small detector of lines: `python -m tests.training.train_finder --pages .cache/pages --steps 6000`.

It learns to say what the large detector said of pictures twice their size. A run that was cut off goes on from its
checkpoint.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import nn

from tests.training.convolutions import exported, rate_at, weights_of, write
from tests.training.eight_bit import Packed
from tests.training.finder_net import FinderNet
from tests.training.learner import Learner
from tests.training.pages import CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Page = tuple[NDArray[np.uint8], NDArray[np.uint8]]

_PATCH = 288
_BATCH = 12
_WARM_UP = 0.02
_HELD_BACK = 60
"""Pages that are never trained on, to judge by."""
_SAMPLES = 40
"""Pages of which a part tells the ranges of features."""
_SEEN = 0.3
"""Of the map: from here on a cell counts as the middle of a line."""
_REPORT_STEPS, _SAVE_STEPS = 100, 500


def read_pages(folder: Path) -> list[Page]:
    """Return pictures with their maps, as `pages` wrote them."""
    pages: list[Page] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as kept:
            pages += [(kept[f"picture{i}"], kept[f"cells{i}"]) for i in range(len(kept.files) // 2)]
    return pages


def patch_of(page: Page, rng: Random) -> Page:
    """Cut a square out of a page somewhere, larger or smaller, mirrored, turned, in other colours."""
    picture, cells = page
    scale = math.exp(rng.uniform(math.log(0.7), math.log(1.35)))
    height, width = (max(_PATCH, round(side * scale / CELL) * CELL) for side in picture.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = cv2.resize(picture, (width, height), interpolation=method)
    cells = cv2.resize(cells, (width // CELL, height // CELL), interpolation=cv2.INTER_LINEAR)
    x, y = (rng.randrange(0, side - _PATCH + 1, CELL) for side in (width, height))
    picture = picture[y : y + _PATCH, x : x + _PATCH]
    cells = cells[y // CELL : (y + _PATCH) // CELL, x // CELL : (x + _PATCH) // CELL]
    if rng.random() < 0.5:
        picture, cells = picture[:, ::-1], cells[:, ::-1]
    turns = rng.choice((0, 0, 0, 1, 2, 3))
    picture, cells = np.rot90(picture, turns), np.rot90(cells, turns)
    if rng.random() < 0.3:
        picture = picture[:, :, rng.sample((0, 1, 2), 3)]
    gain, lift = rng.uniform(0.6, 1.25), rng.uniform(-25, 25)
    changed = np.clip(picture.astype(np.float32) * gain + lift, 0, 255)
    if rng.random() < 0.1:
        changed = 255 - changed
    return changed.astype(np.uint8), np.ascontiguousarray(cells)


def tensor_of(pictures: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
    """Return pictures as the network takes them."""
    stacked = np.stack(pictures).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(stacked)).float().div_(127.5).sub_(1)


def loss_of(scores: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """Return cross entropy with the taught map, and how far what is seen overlaps what should be (Dice)."""
    told = scores.sigmoid()
    overlap = 2 * (told * cells).sum() / (told.square().sum() + cells.square().sum() + 1)
    return nn.functional.binary_cross_entropy_with_logits(scores, cells) * 2 + 1 - overlap


def _whole_cells(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a picture at the right and below so that the network can halve its sides four times."""
    height, width = (side // 16 * 16 for side in picture.shape[:2])
    return picture[:height, :width]


@torch.no_grad()
def judge(net: FinderNet | Packed, pages: Sequence[Page]) -> tuple[float, float]:
    """Return precision and recall of cells that are the middle of a line."""
    net.eval()
    both = said = true = 0
    for picture, cells in pages:
        told = net(tensor_of([_whole_cells(picture)]))[0].numpy() > _SEEN
        taught = cells[: told.shape[0], : told.shape[1]] > _SEEN * 255
        both, said, true = both + int((told & taught).sum()), said + int(told.sum()), true + int(taught.sum())
    return both / max(said, 1), both / max(true, 1)


class Learning(Learner[FinderNet]):
    """The state of one training."""

    def __init__(self, folder: Path, seed: int) -> None:
        torch.manual_seed(seed)
        super().__init__(FinderNet, folder / "finder.pt", {"steps": 0, "seconds": 0.0})

    def learn(self, batch: Sequence[Page], total: int) -> float:
        """Take one step and return the loss."""
        self.net.train()
        pictures = tensor_of([picture for picture, _ in batch]).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            scores = self.net.scores(pictures)
        cells = torch.from_numpy(np.stack([cells for _, cells in batch])).float() / 255
        value = self.step(loss_of(scores.float(), cells), rate_at(self.counts["steps"] / total, _WARM_UP))
        self.counts["steps"] += 1
        return value


def main() -> None:
    """Train, from the checkpoint if there is one, and write the result into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, default=Path(".cache/pages"))
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(".cache/finder"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    pages = read_pages(options.pages)
    exam, pages = pages[:_HELD_BACK], pages[_HELD_BACK:]
    run = Learning(options.folder, options.seed)
    print(f"{len(pages)} pages, {len(exam)} held back; {run.counts['steps']} of {options.steps} steps made", flush=True)
    begun, losses = time.monotonic() - run.counts["seconds"], []
    while run.counts["steps"] < options.steps:
        rng = Random(f"{options.seed} {run.counts['steps']}")
        losses.append(run.learn([patch_of(rng.choice(pages), rng) for _ in range(_BATCH)], options.steps))
        run.counts["seconds"] = time.monotonic() - begun
        if run.counts["steps"] % _REPORT_STEPS == 0:
            print(
                f"{run.counts['steps']:6} steps  {np.mean(losses):.4f} loss  {run.counts['seconds']:.0f} s", flush=True
            )
            losses.clear()
        if run.counts["steps"] % _SAVE_STEPS == 0 or run.counts["steps"] == options.steps:
            run.save()
            precision, recall = judge(run.average, exam)
            print(
                f"{run.counts['steps']:6} steps  held back: precision {precision:.1%}, recall {recall:.1%}", flush=True
            )
    rng = Random(options.seed)
    samples = [tensor_of([patch_of(page, rng)[0]]) for page in pages[:_SAMPLES]]
    model = exported(run.average, ("cells", {0: "count", 1: "rows", 2: "columns"}), samples)
    precision, recall = judge(Packed(model), exam)
    facts = {
        "parameters": weights_of(run.average),
        "steps": run.counts["steps"],
        "minutes": round(run.counts["seconds"] / 60),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
    }
    write(model, "finder", facts)


if __name__ == "__main__":
    main()

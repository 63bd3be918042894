"""Train the reader of lines: `python -m tests.training.train --fonts FOLDER --lines 1500000`.

A run that was cut off goes on from its checkpoint, with the block it was in from that block's start: what is drawn
depends on the seed and the block alone.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from idscan.engines.ctc import greedy
from idscan.engines.text_recognizer import HEIGHT, PADDING, WIDTH_STEP
from tests.training.faces import find_faces, split
from tests.training.learner import Learner
from tests.training.lines import LineMaker
from tests.training.net import COLUMN, LineNet
from tests.training.texts import ALPHABET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.queues import Queue

    from numpy.typing import NDArray

    from tests.training.faces import TrainingFace
    from tests.training.lines import Line

_BLOCK = 768
"""Lines drawn together, then sorted by width, so that a batch holds lines of about one width."""
_BATCH_PIXELS = 40 * 360
_PEAK_RATE = 2e-3
_WARM_UP = 0.02
_DECAY = 0.02
_EASE = 0.9985
"""Of the running average of the weights, which is what is exported."""
_REPORT_SECONDS = 60
_SAVE_SECONDS = 200
_INDEX = {letter: place for place, letter in enumerate(ALPHABET, start=1)}
_QUEUED = 24
_EVALUATED = 600


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of about one width: pixels of shape (lines, HEIGHT, width), widths in columns, letters and their counts."""

    pixels: NDArray[np.uint8]
    columns: list[int]
    letters: list[int]
    lengths: list[int]


def batch_of(lines: Sequence[Line]) -> Batch:
    """Pad lines at their right to the widest of them, with the brightness of their own edge."""
    width = -(-max(line.pixels.shape[1] for line in lines) // WIDTH_STEP) * WIDTH_STEP
    pixels = np.empty((len(lines), HEIGHT, width), np.uint8)
    for place, line in enumerate(lines):
        own = line.pixels.shape[1]
        pixels[place, :, :own] = line.pixels
        pixels[place, :, own:] = PADDING
    letters = [_INDEX[letter] for line in lines for letter in line.text]
    columns = [line.pixels.shape[1] // COLUMN for line in lines]
    return Batch(pixels, columns, letters, [len(line.text) for line in lines])


def draw_batches(faces: Sequence[TrainingFace], seed: int, start: int, queue: Queue[tuple[int, Batch]]) -> None:
    """Draw block after block for ever; each batch comes with the block it is of."""
    os.nice(2)
    import cv2

    cv2.setNumThreads(1)
    maker = LineMaker(faces, seed)
    block = start
    while True:
        maker.reseed(seed * 1_000_003 + block)
        for batch in _batches(maker, Random(block)):
            queue.put((block, batch))
        block += 1


def _batches(maker: LineMaker, rng: Random) -> list[Batch]:
    lines = [line for line in (maker.make() for _ in range(_BLOCK)) if _fits(line)]
    lines.sort(key=lambda line: line.pixels.shape[1])
    made, start = [], 0
    while start < len(lines):
        width = -(-lines[min(start + 10, len(lines) - 1)].pixels.shape[1] // WIDTH_STEP) * WIDTH_STEP
        count = _BATCH_PIXELS // width
        made.append(batch_of(lines[start : start + count]))
        start += count
    rng.shuffle(made)
    return made


def _fits(line: Line) -> bool:
    """Return whether there are columns enough for every letter, and for the blanks between equal ones."""
    doubled = sum(first == second for first, second in zip(line.text, line.text[1:], strict=False))
    return line.pixels.shape[1] // COLUMN >= len(line.text) + doubled


def tensor_of(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Return lines as the network takes them."""
    scaled = torch.from_numpy(pixels).float().div_(127.5).sub_(1).unsqueeze(1)
    return scaled.contiguous(memory_format=torch.channels_last)


def rate_at(share: float) -> float:
    """Return the learning rate after a share of all lines: a short rise, then half a cosine."""
    if share < _WARM_UP:
        return _PEAK_RATE * share / _WARM_UP
    return _PEAK_RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - _WARM_UP) / (1 - _WARM_UP)))))


class Run(Learner[LineNet]):
    """The state of one training."""

    def __init__(self, folder: Path, seed: int) -> None:
        torch.manual_seed(seed)
        counts: dict[str, float] = {"lines": 0, "lines_before": 0, "block": 0, "seconds": 0.0, "seconds_before": 0.0}
        super().__init__(LineNet, folder / "checkpoint.pt", counts, decay=_DECAY, ease=_EASE)

    def begin_from(self, path: Path) -> None:
        """Take over the weights of an earlier run."""
        kept: dict[str, Any] = torch.load(path, weights_only=True)
        for net in (self.net, self.average):
            net.load_state_dict(kept["average"])
        self.counts["lines_before"] = kept["lines"] + kept.get("lines_before", 0)
        self.counts["seconds_before"] = kept["seconds"] + kept.get("seconds_before", 0.0)

    def learn(self, batch: Batch, total: int) -> float:
        """Take one step and return the loss per letter."""
        self.net.train()
        with torch.autocast("cpu", torch.bfloat16):
            output = self.net(tensor_of(batch.pixels))
        loss = nn.functional.ctc_loss(
            output.float().transpose(0, 1),
            torch.tensor(batch.letters),
            torch.tensor(batch.columns),
            torch.tensor(batch.lengths),
            reduction="sum",
            zero_infinity=True,
        ) / sum(batch.lengths)
        value = self.step(loss, rate_at(self.counts["lines"] / total))
        self.counts["lines"] += len(batch.columns)
        return value


def evaluate(net: LineNet, lines: Sequence[Line]) -> tuple[float, float]:
    """Return the shares of lines read exactly, and exactly but for case and diacritics."""
    from idscan.cards.text import fold

    net.eval()
    alphabet = ("", *ALPHABET)
    exact = plain = 0
    with torch.no_grad():
        for line in lines:
            batch = batch_of([line])
            said = greedy(net(tensor_of(batch.pixels))[0].exp().numpy(), alphabet).text
            exact += said == line.text
            plain += fold(said) == fold(line.text)
    return exact / len(lines), plain / len(lines)


def _queue_of(faces: Sequence[TrainingFace], seed: int, block: int) -> Iterator[tuple[int, Batch]]:
    context = get_context("spawn")
    queue: Queue[tuple[int, Batch]] = context.Queue(_QUEUED)
    process = context.Process(target=draw_batches, args=(faces, seed, block, queue), daemon=True)
    process.start()
    try:
        while True:
            yield queue.get(timeout=300)
    finally:
        process.kill()


def main() -> None:
    """Train, from the checkpoint if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, nargs="+", default=[Path("/usr/share/fonts")])
    parser.add_argument("--lines", type=int, default=1_500_000, help="lines to see in all")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--folder", type=Path, default=Path(".cache/training"))
    parser.add_argument("--begin-from", type=Path, help="checkpoint of an earlier run whose weights to begin with")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    training, held_out = split(find_faces(options.fonts))
    judge = LineMaker(held_out, 1)
    exam = [line for line in (judge.make() for _ in range(_EVALUATED)) if _fits(line)]
    run = Run(options.folder, options.seed)
    if options.begin_from is not None and not run.counts["lines"]:
        run.begin_from(options.begin_from)
    print(
        f"{len(training)} faces, {len(held_out)} held out; {run.counts['lines']} of {options.lines} lines seen",
        flush=True,
    )
    begun, reported, saved = time.monotonic(), time.monotonic(), time.monotonic()
    before = run.counts["seconds"]
    losses: list[float] = []
    for block, batch in _queue_of(training, options.seed, int(run.counts["block"])):
        if run.counts["lines"] >= options.lines:
            break
        run.counts["block"] = block
        losses.append(run.learn(batch, options.lines))
        now = time.monotonic()
        run.counts["seconds"] = before + now - begun
        if now - reported > _REPORT_SECONDS:
            reported = now
            pace = run.counts["lines"] / max(run.counts["seconds"], 1)
            print(
                f"{run.counts['lines']:8} lines  {sum(losses) / len(losses):.4f} loss  {pace:.0f} lines/s", flush=True
            )
            losses.clear()
        if now - saved > _SAVE_SECONDS:
            saved = now
            run.save()
            exact, plain = evaluate(run.average, exam)
            print(
                f"{run.counts['lines']:8} lines  held-out faces: {exact:.1%} exact, {plain:.1%} without diacritics",
                flush=True,
            )
    run.save()
    exact, plain = evaluate(run.average, exam)
    print(
        f"{run.counts['lines']:8} lines  held-out faces: {exact:.1%} exact, {plain:.1%} without diacritics", flush=True
    )


if __name__ == "__main__":
    main()

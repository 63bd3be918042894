"""Runs of `redact` that are killed at some moment and run again, and what must be so whenever that was."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from idscan.core.errors import ExitCode
from tests.fakes.process import running_in_group, start, tree, wait_for
from tests.synth import small
from tests.synth.planted import encoded, planted_exif

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

UNFINISHED = ".idscan-tmp"
CAPTION = f"Gửi anh {small.NAME}, mã {small.NUMBER}"
_MOST_SECONDS = 600
_EARLY = 0.2
"""The share of runs that are killed before anything is published, while the images are scanned."""


def quick_images() -> dict[str, bytes]:
    """Return texts for `tests.fakes.quick`: two cards, lines that name their holders, a copy, and harmless ones."""
    texts = {
        "a card.png": f"card {small.NUMBER} | {small.NAME}\nlike the card",
        "b.png": CAPTION,
        "c copy.png": f"like the card, and what cannot be read: {small.NUMBER[::-1]}",
        f"{small.NUMBER}/d.png": "card 001305000002 | Trần Thị Ví Dụ",
        f"{small.NUMBER}/deep/e.png": "thanks to Tran Thi Vi Du\nharmless",
        f"to {small.NAME}.png": "harmless",
        "z/f.png": f"{small.NUMBER}, by the way",
        "z/g.png": "harmless",
    }
    return {name: text.encode() for name, text in texts.items()}


def drawn_images() -> dict[str, bytes]:
    """Return a card, an image that names its holder, a copy in which nothing can be read, and a harmless one."""
    front = small.front()
    return {
        "a card.png": encoded(front, "PNG", exif=planted_exif()),
        "b.png": encoded(small.captioned(CAPTION), "PNG"),
        "c copy.png": encoded(front.resize((front.width // 8, front.height // 8)), "PNG"),
        f"{small.NUMBER}/view.jpg": encoded(small.view(), "JPEG", exif=planted_exif()),
    }


@dataclass
class Interrupted:
    """Runs over one set of images, below one folder.

    Attributes:
        home: an empty folder.
        images: what to redact, by the way of each.
        is_in_place: whether results take the place of the images.
        module: what is run.
        kills: how often a run was killed before it was finished.
        between: how often some files were published by then, and some not.
        whole: the results of a run without a break.
        seconds: how long that took from the first published file on.
    """

    home: Path
    images: Mapping[str, bytes]
    is_in_place: bool
    module: str = "idscan"
    kills: int = 0
    between: int = 0
    whole: dict[str, bytes] = field(init=False)
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        """Run once undisturbed."""
        self.put("undisturbed")
        with self.start("undisturbed") as process:
            wait_for(partial(self.has_published, "undisturbed"))
            began = time.monotonic()
            process.communicate(timeout=_MOST_SECONDS)
            assert process.returncode == ExitCode.CLEAN
        self.seconds = time.monotonic() - began
        self.whole = self.results("undisturbed")
        self.check_finished("undisturbed")

    def put(self, run: str) -> None:
        for name, content in self.images.items():
            path = self.home / run / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def start(self, run: str) -> subprocess.Popen[str]:
        where = ("--in-place", "--backup-dir", "kept") if self.is_in_place else ("-o", "out")
        state = str(self.home / run / "state")
        return start(
            "redact", "in", *where, "--jobs", "2", cwd=self.home / run, module=self.module, XDG_STATE_HOME=state
        )

    def results(self, run: str) -> dict[str, bytes]:
        return tree(self.home / run / ("in" if self.is_in_place else "out"))

    def has_published(self, run: str) -> bool:
        """Return whether a file is published or about to be: there is a record in the store."""
        store = self.home / run / ("in" if self.is_in_place else "out") / UNFINISHED / "journal"
        # Another process writes it: it is read as it is, whole or not.
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro&immutable=1", uri=True)) as connection,
        ):
            return bool(connection.execute("SELECT count(*) FROM files").fetchone()[0])
        return False

    def kill_and_finish(self, run: str, moments: Random) -> None:
        """Kill a run at one or two moments, and then let it finish."""
        self.put(run)
        for _ in range(moments.choice((1, 1, 2))):
            is_early = moments.random() < _EARLY
            if self._is_finished(run, self.seconds * moments.uniform(0, 1.05), is_early=is_early):
                break
            self.check_killed(run)
        else:
            with self.start(run) as process:
                _out, err = process.communicate(timeout=_MOST_SECONDS)
            assert process.returncode == ExitCode.CLEAN, err
        results = self.results(run)
        assert {way for way in results | self.whole if results.get(way) != self.whole.get(way)} == set()
        self.check_finished(run)
        shutil.rmtree(self.home / run)

    def _is_finished(self, run: str, seconds: float, *, is_early: bool) -> bool:
        """Kill the parent alone, some time after it began or after the first file was published.

        Returns:
            Whether it was too late for that.
        """
        with self.start(run) as process:
            if not is_early:
                wait_for(lambda: self.has_published(run) or process.poll() is not None)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=seconds)
            process.kill()
            process.communicate(timeout=60)
        wait_for(lambda: not running_in_group(process.pid))
        self.kills += process.returncode != ExitCode.CLEAN
        return process.returncode == ExitCode.CLEAN

    def check_killed(self, run: str) -> None:
        """Make sure that results are whole and that no original is lost, at whatever moment a run was killed."""
        standing = {way: content for way, content in self.results(run).items() if UNFINISHED not in way.split("/")}
        done = {way: content for way, content in standing.items() if self.whole.get(way) == content}
        self.between += 0 < len(done) < len(self.whole)
        if self.is_in_place:
            kept = tree(self.home / run / "kept") if (self.home / run / "kept").exists() else {}
            for way, content in self.images.items():
                assert content in (standing.get(way), kept.get(way)), way
            assert {way: self.images.get(way) for way in standing.keys() - done.keys()} == {
                way: standing[way] for way in standing.keys() - done.keys()
            }
        else:
            assert done == standing
            assert tree(self.home / run / "in") == self.images
        kept = ("journal", "store-")  # the store with its side file, and its key
        remembered = [path.read_bytes() for path in (self.home / run).rglob("*") if path.name.startswith(kept)]
        assert not any(value.encode() in content for content in remembered for value in (small.NUMBER, small.NAME))

    def check_finished(self, run: str) -> None:
        """Make sure that nothing is left but what was asked for."""
        originals = tree(self.home / run / ("kept" if self.is_in_place else "in"))
        assert originals == self.images
        assert not list((self.home / run).rglob(UNFINISHED))
        assert tree(self.home / run / "state") == {}


def readable(results: Mapping[str, bytes], values: tuple[str, ...]) -> list[str]:
    """Return the ways of results that hold one of the values as text, in their bytes or their name."""
    return [way for way, content in results.items() for value in values if value in way or value.encode() in content]

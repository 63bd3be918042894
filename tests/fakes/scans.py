"""Scan functions that misbehave, and steps of a run that use them. Importable by name, so that workers find them."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Never

from idscan.core.errors import EngineMissingError
from idscan.core.types import EngineInfo, FileInfo, ImageRef, ImageResult, Skipped
from idscan.run.scan import Steps
from tests.factories import (
    NUMBER,
    OTHER_NAME,
    OTHER_NUMBER,
    PLANTED,
    SHA256,
    THIRD_NUMBER,
    chip_front,
    finding,
    unread_back,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from idscan.core.settings import Settings

ENGINES = (EngineInfo("zxing-cpp", "3.1.1"),)


def walk(paths: Iterable[str], settings: Settings) -> Iterator[ImageRef | Skipped]:
    """Yield the files below the paths; each line of a picture's file says what a scan of it does."""
    for path in sorted(paths):
        if not os.path.lexists(path):
            yield Skipped(path, "no such file or folder", is_unreadable=True)
        elif Path(path).is_dir():
            yield from walk(map(str, Path(path).iterdir()), settings)
        elif path.endswith((".txt", ".json")):
            yield Skipped(path, "not a picture")
        else:
            yield ImageRef(path)


def behave(ref: ImageRef, settings: Settings) -> ImageResult:
    """Do what the picture's file says: show a card, crash, die, hang, shout or lie."""
    del settings
    order = Path(ref.path).read_text(encoding="utf-8").strip()
    return ORDERS[order](ref)


def _show(ref: ImageRef) -> ImageResult:
    return ImageResult(ref=ref, info=FileInfo(SHA256, "JPEG", 1600, 1200), cards=(chip_front(), unread_back()))


def _show_other(ref: ImageRef) -> ImageResult:
    return replace(_show(ref), cards=(chip_front(OTHER_NUMBER, OTHER_NAME, None),))


def _show_third(ref: ImageRef) -> ImageResult:
    return replace(_show(ref), cards=(chip_front(THIRD_NUMBER, "Lê An", None),))


def _show_outside(ref: ImageRef) -> ImageResult:
    from idscan.core.enums import Field, Source

    return replace(_show(ref), cards=(), findings=(finding(Field.NUMBER, NUMBER, by=Source.PRINT),))


def _harmless(ref: ImageRef) -> ImageResult:
    return replace(_show(ref), cards=(), stage_seconds=(("load", 0.25), ("read", 1.5)))


def _torn(ref: ImageRef) -> ImageResult:
    from idscan.core.types import Problem

    message = f"{ref.path} ends too early; get the file again"
    return ImageResult(ref=ref, info=FileInfo(), problems=(Problem("load", "truncated", message),))


def _crash(ref: ImageRef) -> Never:
    message = f"cannot parse {PLANTED} of {ref.path}"
    raise ValueError(message)


def _die(ref: ImageRef) -> None:
    del ref
    os.kill(os.getpid(), signal.SIGKILL)


def _hang(ref: ImageRef) -> ImageResult:
    marker = os.environ.get("STARTED")
    if marker:
        Path(marker).touch()
    time.sleep(600)
    return _harmless(ref)


def _hang_in_code_from_text(ref: ImageRef) -> ImageResult:
    """Hang where an import may be when Ctrl-C comes: dataclasses and named tuples run code that they have written."""
    exec("hang(ref)", {"hang": _hang, "ref": ref})  # noqa: S102  what is tested
    return _harmless(ref)


def _interrupt(ref: ImageRef) -> Never:
    del ref
    raise KeyboardInterrupt


def _out_of_memory(ref: ImageRef) -> Never:
    message = f"{NUMBER} needs {ref.path}"
    raise MemoryError(message)


def _shout(ref: ImageRef) -> ImageResult:
    shout = " ".join(PLANTED)
    for stream in (sys.stdout, sys.stderr):
        stream.write(shout)
        stream.flush()
    for descriptor in (1, 2):
        os.write(descriptor, shout.encode())
    import logging
    import warnings

    logging.getLogger("engine").error(shout)
    warnings.warn(shout, stacklevel=1)
    return _show(ref)


def _lie(ref: ImageRef) -> ImageResult:
    return replace(_show(ref), ref=ImageRef("another.jpg"))


def _talk_nonsense(ref: ImageRef) -> str:
    return f"no result for {ref.path}"


ORDERS = {
    "show": _show,
    "show other": _show_other,
    "show third": _show_third,
    "show outside": _show_outside,
    "harmless": _harmless,
    "torn": _torn,
    "crash": _crash,
    "die": _die,
    "hang": _hang,
    "hang in code from text": _hang_in_code_from_text,
    "interrupt": _interrupt,
    "out of memory": _out_of_memory,
    "shout": _shout,
    "lie": _lie,
    "talk nonsense": _talk_nonsense,
}


def require(names: Iterable[str]) -> None:
    known = {engine.name for engine in ENGINES}
    for name in names:
        if name not in known:
            raise EngineMissingError(name, f"apt install {name}")


def steps() -> Steps:
    return Steps(walk=walk, scan_image=behave, engines=lambda: ENGINES, require=require)

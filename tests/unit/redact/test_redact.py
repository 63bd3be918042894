"""`idscan.redact` is a room and a function at once; one redaction reads its source once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import idscan
import idscan.redact.run
from idscan.cards.text.fuzzy import PhraseFinder
from idscan.core.enums import Outcome
from idscan.core.errors import UsageError
from idscan.core.types import Destination
from idscan.redact.run import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLE = Path(__file__).parents[3] / "sample_images" / "can_cuoc_front.jpg"


def test_the_room_can_be_called_once_a_module_of_it_is_imported(tmp_path: Path) -> None:
    room: Any = idscan.redact
    assert isinstance(room, ModuleType)
    (tmp_path / "photos").mkdir()
    result = room([tmp_path / "photos"], Destination(folder=str(tmp_path / "out")), jobs=2)
    assert (result.scan.images, result.redactions) == ((), ())
    with pytest.raises(UsageError, match="jobs"):
        room([tmp_path / "photos"], Destination(folder=str(tmp_path / "out")), jobs=0)


def test_the_function_is_still_in_the_room() -> None:
    assert idscan.redact.run.redact is redact


_opened: list[str] = []
_is_counting = [False]


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _is_counting[0] and event == "open" and isinstance(arguments[0], str):
        _opened.append(os.path.abspath(arguments[0]))


@cache
def _install_hook() -> None:
    """Install the hook once, as none can be removed."""
    sys.addaudithook(_note)


@contextmanager
def counted_opens() -> Iterator[list[str]]:
    """Collect the paths of all files that are opened within the block."""
    _install_hook()
    _opened.clear()
    _is_counting[0] = True
    try:
        yield _opened
    finally:
        _is_counting[0] = False


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Inodes of the files whose digest was computed."""
    found: list[int] = []
    digest = hashlib.file_digest

    def counted(stream: Any, name: str) -> Any:
        found.append(os.fstat(stream.fileno()).st_ino)
        return digest(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    return found


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "gif"])
def test_the_source_is_opened_and_hashed_once(tmp_path: Path, digests: list[int], suffix: str) -> None:
    source = tmp_path / f"a.{suffix}"
    blank = Image.new("RGB", (120, 80), "white")
    more: Any = {} if suffix == "jpg" else {"save_all": True, "append_images": [Image.new("RGB", (120, 80))]}
    blank.save(source, **more)
    with counted_opens() as opened:
        result = redact([source], Destination(folder=str(tmp_path / "out")))
    assert [redaction.outcome for redaction in result.redactions] == [Outcome.STRIPPED]
    assert opened.count(str(source)) == 1
    assert digests.count(source.stat().st_ino) == 1


@pytest.mark.slow
def test_the_source_of_a_redacted_card_is_opened_and_its_lines_are_searched_once(
    tmp_path: Path, digests: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[tuple[int, str]] = []
    find = PhraseFinder.find

    def counted(finder: PhraseFinder, text: str) -> Any:
        searched.append((id(finder), text))
        return find(finder, text)

    monkeypatch.setattr(PhraseFinder, "find", counted)
    source = tmp_path / "a.jpg"
    shutil.copyfile(_SAMPLE, source)
    with counted_opens() as opened:
        result = redact([source], Destination(folder=str(tmp_path / "out")))
    assert [redaction.outcome for redaction in result.redactions] == [Outcome.REDACTED]
    assert opened.count(str(source)) == 1
    assert digests.count(source.stat().st_ino) == 1
    assert searched
    assert len(searched) == len(set(searched))

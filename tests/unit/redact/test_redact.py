"""`idscan.redact` is a room and a function at once."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import idscan
import idscan.redact.run
from idscan.redact.run import redact

if TYPE_CHECKING:
    import pytest


def test_the_room_can_be_called_once_a_module_of_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(idscan.redact.run, "redact", lambda *given, **options: heard.append((given, options)) or "done")
    room: Any = idscan.redact
    assert isinstance(room, ModuleType)
    assert room(["a.jpg"], "there", jobs=2) == "done"
    assert heard == [((["a.jpg"], "there"), {"jobs": 2})]


def test_the_function_is_still_in_the_room() -> None:
    assert idscan.redact.run.redact is redact

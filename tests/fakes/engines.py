"""The type of the fixture `fake_engines`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from idscan.engines.registry import Role


class FakeEngines(Protocol):
    """Gives a role to fake engines instead of the installed ones."""

    def __call__(self, role: Role[Any], *engines: object | None) -> None:
        """Have these engines asked, in this order; without any, or for None, the role has none."""

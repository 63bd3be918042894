"""Hiding what a picture exposes: plan, paint, publish, verify.

`idscan.redact` names both this room and the public function. Python puts the room there as soon as a module of it is
imported, so the room can be called as the function.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idscan.core.types import RedactResult


class _CallableRoom(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> RedactResult:  # noqa: ANN401  handed on as they are
        """Redact; see `idscan.redact.run.redact`."""
        from idscan.redact.run import redact

        return redact(*arguments, **options)


sys.modules[__name__].__class__ = _CallableRoom

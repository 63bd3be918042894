"""Redaction: plan, mask, fill, write, verify.

`idscan.redact` is both this package and the public function: importing any of its modules binds the package to that
name, so the package itself is callable.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idscan.core.types import RedactResult


class _CallablePackage(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> RedactResult:  # noqa: ANN401  handed on as they are
        """Redact images; see `idscan.redact.run.redact`."""
        from idscan.redact.run import redact

        return redact(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePackage

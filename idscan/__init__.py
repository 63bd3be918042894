"""Find Vietnamese identity cards in pictures, report or hide what they expose, offline.

>>> import idscan
>>> idscan.Settings().effort.value
'normal'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idscan.core.enums import CardKind, Clean, Effort, Field, FieldSet, Outcome, Rule, Side, Source, Style, Where
    from idscan.core.errors import EngineMissingError, ExitCode, IdscanError, OutputError, UsageError
    from idscan.core.settings import Settings
    from idscan.core.types import (
        Card,
        Conflict,
        Destination,
        EngineInfo,
        FileInfo,
        Finding,
        ImageRef,
        ImageResult,
        Leak,
        Place,
        Problem,
        Redaction,
        RedactResult,
        RedactSettings,
        Region,
        ScanResult,
        Secret,
        Skipped,
        Verification,
        VerifyResult,
    )
    from idscan.pipeline.scan import scan_image
    from idscan.redact.run import redact
    from idscan.redact.verify import verify
    from idscan.run.scan import scan

__version__ = "0.1.0"

__all__ = [
    "Card",
    "CardKind",
    "Clean",
    "Conflict",
    "Destination",
    "Effort",
    "EngineInfo",
    "EngineMissingError",
    "ExitCode",
    "Field",
    "FieldSet",
    "FileInfo",
    "Finding",
    "IdscanError",
    "ImageRef",
    "ImageResult",
    "Leak",
    "Outcome",
    "OutputError",
    "Place",
    "Problem",
    "RedactResult",
    "RedactSettings",
    "Redaction",
    "Region",
    "Rule",
    "ScanResult",
    "Secret",
    "Settings",
    "Side",
    "Skipped",
    "Source",
    "Style",
    "UsageError",
    "Verification",
    "VerifyResult",
    "Where",
    "redact",
    "scan",
    "scan_image",
    "verify",
]

_HOMES = {
    "idscan.core.enums": (
        "CardKind",
        "Clean",
        "Effort",
        "Field",
        "FieldSet",
        "Outcome",
        "Rule",
        "Side",
        "Source",
        "Style",
        "Where",
    ),
    "idscan.core.errors": (
        "EngineMissingError",
        "ExitCode",
        "IdscanError",
        "OutputError",
        "UsageError",
    ),
    "idscan.core.settings": ("Settings",),
    "idscan.core.types": (
        "Card",
        "Conflict",
        "Destination",
        "EngineInfo",
        "FileInfo",
        "Finding",
        "ImageRef",
        "ImageResult",
        "Leak",
        "Place",
        "Problem",
        "RedactResult",
        "RedactSettings",
        "Redaction",
        "Region",
        "ScanResult",
        "Secret",
        "Skipped",
        "Verification",
        "VerifyResult",
    ),
    "idscan.pipeline.scan": ("scan_image",),
    "idscan.redact.run": ("redact",),
    "idscan.redact.verify": ("verify",),
    "idscan.run.scan": ("scan",),
}
"""Where each public name lives; it is loaded when it is first used, so that `import idscan` stays instant."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  a module's attributes are of every type
    """Load a public name."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})

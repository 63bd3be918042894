"""What a worker gets to redact one file, and the record of one that comes to nothing; light enough for any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.core.redaction import Redaction
from idscan.core.results import Problem
from idscan.core.vocabulary import Outcome

if TYPE_CHECKING:
    from idscan.core.results import ImageResult
    from idscan.redact.watch import Watch

STAGE = "publish"
"""Of the problems that keep a file from being published."""

CHANGED = Problem(STAGE, "changed_meanwhile", "The file changed while it was being redacted; run it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One file and all that is needed to redact it anywhere.

    Attributes:
        path: of the source.
        images: what a thorough scan found on each page, in order.
        twins: for each page an exposed picture that looks the same, where nothing was found on the page itself.
        watch: values that must not be found in the result.
        temporary: an empty private file for the result.
    """

    path: str
    images: tuple[ImageResult, ...]
    twins: tuple[ImageResult | None, ...]
    watch: Watch
    temporary: str


def failed(path: str, *problems: Problem) -> Redaction:
    """Return the record of a file that is not published."""
    return Redaction(path=path, outcome=Outcome.FAILED, problems=tuple(dict.fromkeys(problems)))

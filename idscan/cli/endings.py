"""How a run ends: of all that happened, the worst decides the exit code."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from idscan.core.errors import ExitCode, IdscanError
from idscan.core.vocabulary import Outcome
from idscan.run.jobs import BUG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from idscan.core.redaction import RedactResult, VerifyResult
    from idscan.core.results import ImageResult, Problem, ScanResult

PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.ENGINE_MISSING,
    ExitCode.STILL_LEAKS,
    ExitCode.CANNOT_WRITE,
    ExitCode.EXPOSED,
    ExitCode.UNREADABLE_INPUT,
    ExitCode.CLEAN,
)
"""From what outranks everything to what everything outranks; wrong usage ends a run before it starts."""

WRITING_PROBLEMS = frozenset({"cannot_write", "would_overwrite"})


class InterruptedRunError(IdscanError):
    """The user ended a run that leaves something behind."""

    exit_code = ExitCode.INTERRUPTED


@contextlib.contextmanager
def told_when_interrupted(message: str) -> Iterator[None]:
    """Say what an interrupted run leaves behind.

    Raises:
        InterruptedRunError: in the place of KeyboardInterrupt.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(message) from None


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that outranks the others."""
    return min(codes, key=PRECEDENCE.index)


def ending_of_scan(result: ScanResult, *, exit_zero: bool) -> ExitCode:
    """Return how a scan ends."""
    exposed = ExitCode.EXPOSED if result.is_exposed and not exit_zero else ExitCode.CLEAN
    return worst((_ending_of_reading(result), _ending_of_examining(result.images), exposed))


def ending_of_redact(result: RedactResult) -> ExitCode:
    """Return how a redaction ends: clean if everything that was found is hidden."""
    # What is built anew from its pixels has nothing in it that was not examined.
    copied = {redaction.path for redaction in result.redactions if redaction.outcome is Outcome.COPIED}
    codes = [
        _ending_of_reading(result.scan),
        _ending_of_examining(image for image in result.scan.images if image.ref.path in copied),
    ]
    for redaction in result.redactions:
        if redaction.outcome is Outcome.LEAKS:
            codes.append(ExitCode.STILL_LEAKS)
        elif redaction.outcome is Outcome.FAILED:
            codes.append(_ending_of_failure(redaction.problems))
    return worst(codes)


def ending_of_verify(result: VerifyResult) -> ExitCode:
    """Return how a verification ends."""
    leaking = any(leaks for _ref, leaks in result.leaks)
    codes = (_ending_of_reading(result.scan), _ending_of_examining(result.scan.images))
    return worst((*codes, ExitCode.STILL_LEAKS if leaking else ExitCode.CLEAN))


def _ending_of_examining(images: Iterable[ImageResult]) -> ExitCode:
    return ExitCode.CLEAN if all(image.is_examined for image in images) else ExitCode.UNREADABLE_INPUT


def _ending_of_reading(result: ScanResult) -> ExitCode:
    if any(problem.kind == BUG for image in result.images for problem in image.problems):
        return ExitCode.BUG
    return ExitCode.UNREADABLE_INPUT if result.unreadable else ExitCode.CLEAN


def _ending_of_failure(problems: Iterable[Problem]) -> ExitCode:
    kinds = {problem.kind for problem in problems}
    if BUG in kinds:
        return ExitCode.BUG
    return ExitCode.CANNOT_WRITE if kinds & WRITING_PROBLEMS else ExitCode.UNREADABLE_INPUT

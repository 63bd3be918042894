"""How runs end: the worst of what happened decides."""

from __future__ import annotations

from itertools import pairwise

import pytest

from idscan.cli.closing import (
    PRECEDENCE,
    InterruptedRunError,
    ending_of_redact,
    ending_of_scan,
    ending_of_verify,
    explain_interruption,
    worst,
)
from idscan.core.enums import Outcome
from idscan.core.errors import ExitCode
from idscan.core.types import Leak, Problem, Skipped, VerifyResult
from tests.factories import chip_front, image, redact_run_of, redacted, run_of, unpublished, unreadable_image

FINE = image("in/a.jpg", chip_front())
TORN = unreadable_image("in/b.jpg")
CRASHED = image("in/b.jpg", problems=(Problem("run", "internal_error", "idscan has a bug"),))
CLOSED = Skipped("in/c", "cannot list the folder", is_unreadable=True)
LETTER = Skipped("in/d.docx", "not a picture")


def failed(kind: str) -> tuple[Problem, ...]:
    return (Problem("publish", kind, "made up"),)


def test_every_code_but_that_of_wrong_usage_has_a_rank() -> None:
    assert set(PRECEDENCE) == set(ExitCode) - {ExitCode.USAGE}
    assert PRECEDENCE == (130, 70, 3, 6, 5, 1, 4, 0)


@pytest.mark.parametrize(("first", "second"), list(pairwise(PRECEDENCE)))
def test_of_two_codes_the_one_with_the_higher_rank_stays(first: ExitCode, second: ExitCode) -> None:
    assert worst((first, second)) is worst((second, first)) is first


def test_a_scan_ends_with_what_it_found() -> None:
    assert ending_of_scan(run_of(FINE, TORN), exit_zero=False) is ExitCode.EXPOSED
    assert ending_of_scan(run_of(FINE, TORN), exit_zero=True) is ExitCode.UNREADABLE_INPUT
    assert ending_of_scan(run_of(FINE, CRASHED), exit_zero=False) is ExitCode.BUG


def test_a_file_of_which_a_part_was_not_examined_is_no_clean_one() -> None:
    carrying = image("in/a.jpg", problems=(Problem("read", "trailing_video", "made up"),))
    assert ending_of_scan(run_of(carrying), exit_zero=False) is ExitCode.UNREADABLE_INPUT
    assert ending_of_scan(run_of(carrying, FINE), exit_zero=False) is ExitCode.EXPOSED
    assert ending_of_verify(VerifyResult(scan=run_of(carrying), leaks=())) is ExitCode.UNREADABLE_INPUT
    anew = redact_run_of(run_of(carrying), redacted("in/a.jpg"))
    assert ending_of_redact(anew) is ExitCode.CLEAN, "the result holds nothing but pixels"
    copied = redact_run_of(run_of(carrying), redacted("in/a.jpg", outcome=Outcome.COPIED))
    assert ending_of_redact(copied) is ExitCode.UNREADABLE_INPUT


@pytest.mark.parametrize(
    ("outcome", "problems", "code"),
    [
        (Outcome.LEAKS, failed("still_leaks"), ExitCode.STILL_LEAKS),
        (Outcome.FAILED, failed("would_overwrite"), ExitCode.CANNOT_WRITE),
        (Outcome.FAILED, failed("cannot_write"), ExitCode.CANNOT_WRITE),
        (Outcome.FAILED, failed("linked_file"), ExitCode.UNREADABLE_INPUT),
        (Outcome.FAILED, (), ExitCode.UNREADABLE_INPUT),
        (Outcome.FAILED, failed("internal_error"), ExitCode.BUG),
        (Outcome.LEFT_OUT, (), ExitCode.CLEAN),
    ],
)
def test_a_redaction_ends_as_its_worst_file(outcome: Outcome, problems: tuple[Problem, ...], code: ExitCode) -> None:
    other = image("in/b.jpg", chip_front())
    result = redact_run_of(run_of(FINE, other), redacted("in/a.jpg"), unpublished("in/b.jpg", outcome, *problems))
    assert ending_of_redact(result) is code


def test_a_redaction_where_everything_is_hidden_is_clean() -> None:
    assert ending_of_redact(redact_run_of(run_of(FINE, skipped=(LETTER,)), redacted("in/a.jpg"))) is ExitCode.CLEAN


def test_what_could_not_be_read_counts_in_a_redaction() -> None:
    assert (
        ending_of_redact(redact_run_of(run_of(FINE, skipped=(CLOSED,)), redacted("in/a.jpg")))
        is ExitCode.UNREADABLE_INPUT
    )
    assert ending_of_redact(redact_run_of(run_of(CRASHED), redacted("in/b.jpg"))) is ExitCode.BUG


def test_a_leak_outranks_what_could_not_be_written_or_read() -> None:
    result = redact_run_of(
        run_of(FINE, TORN),
        unpublished("in/a.jpg", Outcome.LEAKS),
        unpublished("in/b.jpg", Outcome.FAILED, *failed("cannot_write")),
    )
    assert ending_of_redact(result) is ExitCode.STILL_LEAKS


def test_a_verification_ends_with_what_came_back() -> None:
    leak = Leak("metadata", None, None, "made up")
    assert ending_of_verify(VerifyResult(scan=run_of(FINE, TORN), leaks=((FINE.ref, (leak,)),))) == 6
    assert ending_of_verify(VerifyResult(scan=run_of(FINE, TORN), leaks=((FINE.ref, ()),))) == 4
    assert ending_of_verify(VerifyResult(scan=run_of(FINE), leaks=())) == 0
    assert ending_of_verify(VerifyResult(scan=run_of(CRASHED), leaks=((FINE.ref, (leak,)),))) == 70


def test_an_interruption_is_told_in_the_words_of_its_command() -> None:
    with pytest.raises(InterruptedRunError, match="half done") as caught, explain_interruption("half done"):
        raise KeyboardInterrupt
    assert caught.value.exit_code is ExitCode.INTERRUPTED

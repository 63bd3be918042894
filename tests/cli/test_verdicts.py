"""What every command says at its end, for whatever happened: no false all-clear, and the exit code agrees with it."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

import pytest

from idscan.cli.closing import (
    closing_lines,
    ending_of_redact,
    ending_of_scan,
    ending_of_verify,
    outcome_lines,
    redact_closing_lines,
    verify_closing_lines,
)
from idscan.cli.streams import Delivery
from idscan.core.enums import Outcome
from idscan.core.errors import ExitCode
from idscan.core.types import Destination, Leak, Problem, RedactSettings, Skipped, VerifyResult
from idscan.report.registry import FORMATS, ReportOptions
from idscan.report.verdicts import redact_verdict, scan_verdict, verify_verdict
from tests.factories import (
    chip_front,
    image,
    redact_run_of,
    redacted,
    run_of,
    stripped,
    unpublished,
    unreadable_image,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from idscan.core.types import ImageResult, Redaction, RedactResult, ScanResult
    from idscan.report.registry import RunResult

TABLE = Delivery.to(None, None, ReportOptions(), force=False)
FILE = Delivery.to("report.json", None, ReportOptions(), force=False)
FIELDS = RedactSettings().fields.value
COVERED = f"What --fields {FIELDS} covers is hidden where found"
ALL_CLEAR = (
    "Nothing found that gives a person away.",
    "Nothing came back.",
    f"{COVERED}; none of it came back when read again.",
)


def problem(kind: str) -> tuple[Problem, ...]:
    return (Problem("read", kind, "made up"),)


def hidden_card(path: str) -> ImageResult:
    """Return an image of a card of which nothing is left but what gives nobody away by itself."""
    card = chip_front()
    return image(path, replace(card, findings=tuple(found for found in card.findings if not found.is_exposed)))


IMAGES = {
    "harmless": image("in/harmless.jpg"),
    "exposed": image("in/exposed.jpg", chip_front()),
    "card without values": hidden_card("in/hidden.jpg"),
    "code not decoded": image("in/code.jpg", problems=problem("undecoded_symbol")),
    "examined in part": image("in/part.jpg", problems=problem("trailing_video")),
    "unreadable": unreadable_image("in/torn.jpg"),
    "crashed": image("in/bug.jpg", problems=problem("internal_error")),
}
SKIPPED = {
    "closed folder": Skipped("in/closed", "cannot list the folder", is_unreadable=True),
    "no image": Skipped("in/notes.txt", "not a picture"),
}
LEAK = Leak("readable", None, None, "made up")


def scan_of(names: Iterable[str]) -> ScanResult:
    chosen = list(names)
    images = tuple(IMAGES[name] for name in chosen if name in IMAGES)
    return run_of(*images, skipped=tuple(SKIPPED[name] for name in chosen if name in SKIPPED))


def said(result: RunResult, closing: list[str]) -> str:
    """Return the table of a run with the lines behind it."""
    stream = io.StringIO()
    FORMATS["table"].write(result, stream, ReportOptions())
    return " ".join((stream.getvalue() + "\n".join(closing)).split())


def subsets(names: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    listed = list(names)
    return chain.from_iterable(combinations(listed, count) for count in range(most + 1))


def all_clears(text: str) -> list[str]:
    return [sentence for sentence in ALL_CLEAR if sentence in text]


SCANS = [
    # what was given, what is said of it, how the scan ends
    ((), "There was no image to examine.", 0),
    (("no image",), "There was no image to examine.", 0),
    (("harmless",), "Nothing found that gives a person away.", 0),
    (("harmless", "no image"), "Nothing found that gives a person away.", 0),
    (("exposed",), "1 image gives a person away.", 1),
    (("exposed", "unreadable"), "1 image gives a person away.", 1),
    (("card without values",), "No number, name, birth date or code found. What can still be seen of cards: sex,", 0),
    (("card without values", "unreadable"), "No number, name, birth date or code found in what could be examined.", 4),
    (("code not decoded",), "Nothing found in what could be examined.", 0),
    (("examined in part",), "Nothing found in what could be examined.", 4),
    (("harmless", "unreadable"), "Nothing found in what could be examined.", 4),
    (("harmless", "closed folder"), "Nothing found in what could be examined.", 4),
    (("harmless", "crashed"), "Nothing found in what could be examined.", 70),
    (("unreadable",), "Nothing could be examined; see the report for the reasons.", 4),
    (("closed folder",), "Nothing could be examined; see the report for the reasons.", 4),
]


@pytest.mark.parametrize(("names", "sentence", "code"), SCANS)
def test_a_scan_says_what_it_came_to(names: tuple[str, ...], sentence: str, code: int) -> None:
    result = scan_of(names)
    assert scan_verdict(result).text.startswith(sentence)
    assert ending_of_scan(result, exit_zero=False) == code
    assert sentence in " ".join(closing_lines(result, ["in"], FILE))
    assert (sentence in said(result, [])) is not result.is_exposed


def test_no_scan_gives_a_false_all_clear() -> None:
    for names in subsets([*IMAGES, *SKIPPED], len(IMAGES) + len(SKIPPED)):
        result = scan_of(names)
        is_clear = "harmless" in names and set(names) <= {"harmless", "no image"}
        assert ("green" in scan_verdict(result).style) is is_clear
        if ending_of_scan(result, exit_zero=False) is not ExitCode.CLEAN:
            assert not is_clear
        if len(names) <= 3:
            for text in (said(result, closing_lines(result, ["in"], TABLE)), " ".join(closing_lines(result, [], FILE))):
                assert bool(all_clears(text)) is is_clear, names


VERIFICATIONS = [
    # what was given, of which something came back, what is said of it, how the verification ends
    ((), (), "There was no image to examine.", 0),
    (("harmless",), (), "Nothing came back.", 0),
    (("exposed",), ("exposed",), "Something came back from 1 picture.", 6),
    (("exposed", "unreadable"), ("exposed",), "Something came back from 1 picture.", 6),
    (("card without values",), (), "No number, name, birth date or code came back. What can still be seen of cards", 0),
    (("card without values", "examined in part"), (), "No number, name, birth date or code came back from what", 4),
    (("code not decoded",), (), "Nothing came back from what could be examined.", 0),
    (("harmless", "unreadable"), (), "Nothing came back from what could be examined.", 4),
    (("harmless", "crashed"), (), "Nothing came back from what could be examined.", 70),
    (("unreadable",), (), "Nothing could be examined; see the report for the reasons.", 4),
]


def verification_of(names: Iterable[str], leaking: Iterable[str]) -> VerifyResult:
    came_back = set(leaking)
    leaks = tuple((IMAGES[name].ref, (LEAK,) if name in came_back else ()) for name in names if name in IMAGES)
    return VerifyResult(scan=scan_of(names), leaks=leaks)


@pytest.mark.parametrize(("names", "leaking", "sentence", "code"), VERIFICATIONS)
def test_a_verification_says_what_it_came_to(
    names: tuple[str, ...], leaking: tuple[str, ...], sentence: str, code: int
) -> None:
    result = verification_of(names, leaking)
    assert verify_verdict(result).text.startswith(sentence)
    assert ending_of_verify(result) == code
    assert sentence in said(result, [])
    assert sentence in " ".join(verify_closing_lines(result, ["in"], FILE))


def test_no_verification_gives_a_false_all_clear() -> None:
    for names in subsets([*IMAGES, *SKIPPED], len(IMAGES) + len(SKIPPED)):
        for leaking in ((), names[:1]):
            result = verification_of(names, leaking if names[:1] != ("no image",) else ())
            is_clean = "harmless" in names and set(names) <= {"harmless", "no image"}
            is_clear = is_clean and not any(leaks for _ref, leaks in result.leaks)
            if "exposed" in names and not any(leaks for _ref, leaks in result.leaks):
                continue  # what a scan finds comes back
            assert ("green" in verify_verdict(result).style) is is_clear, names
            assert not is_clear or ending_of_verify(result) is ExitCode.CLEAN
            if len(names) <= 3:
                text = said(result, verify_closing_lines(result, ["in"], TABLE))
                assert bool(all_clears(text)) is is_clear, names


def failed(path: str, kind: str) -> Redaction:
    return unpublished(path, Outcome.FAILED, *problem(kind), style=None, regions=(), verification=None)


REDACTIONS: dict[str, tuple[ImageResult, Redaction]] = {
    "harmless, stripped": (image("in/a.jpg"), stripped("in/a.jpg")),
    "harmless, copied": (image("in/b.jpg"), stripped("in/b.jpg", outcome=Outcome.COPIED)),
    "harmless, left out": (
        image("in/c.jpg"),
        unpublished("in/c.jpg", Outcome.LEFT_OUT, style=None, regions=(), verification=None),
    ),
    "hidden": (image("in/d.jpg", chip_front()), redacted("in/d.jpg")),
    "hidden earlier": (image("in/e.jpg", chip_front()), redacted("in/e.jpg", verification=None)),
    "leaks": (image("in/f.jpg", chip_front()), unpublished("in/f.jpg", Outcome.LEAKS, *problem("still_leaks"))),
    "not written": (
        image("in/g.jpg", chip_front()),
        unpublished("in/g.jpg", Outcome.FAILED, *problem("cannot_write")),
    ),
    "cut off": (image("in/h.jpg", chip_front(), problems=problem("truncated")), failed("in/h.jpg", "truncated")),
    "unreadable": (unreadable_image("in/i.jpg"), failed("in/i.jpg", "truncated")),
    "card without values": (hidden_card("in/j.jpg"), stripped("in/j.jpg")),
    "code not decoded": (image("in/k.jpg", problems=problem("undecoded_symbol")), redacted("in/k.jpg")),
    "video behind, stripped": (image("in/l.jpg", problems=problem("trailing_video")), stripped("in/l.jpg")),
    "video behind, copied": (
        image("in/m.jpg", problems=problem("trailing_video")),
        stripped("in/m.jpg", outcome=Outcome.COPIED),
    ),
}
CLEAR = {
    "harmless, stripped",
    "harmless, copied",
    "harmless, left out",
    "hidden",
    "hidden earlier",
    "video behind, stripped",
    "no image",
}
"""Of a run of which only such things can be told, everything was done."""


def redaction_of(names: Iterable[str]) -> RedactResult:
    chosen = [REDACTIONS[name] for name in names if name in REDACTIONS]
    skipped = tuple(SKIPPED[name] for name in names if name in SKIPPED)
    scan = run_of(*(found for found, _became in chosen), skipped=skipped)
    folders = ("in/folder",) if "telling folder" in names else ()
    return replace(redact_run_of(scan, *(became for _found, became in chosen)), telling_folders=folders)


OTHERS = f"Not every image was published. In the others, what --fields {FIELDS} covers is hidden where found."
NO_OTHERS = "Not every image was published. In the others, nothing was found to hide."
OUTCOMES = [
    # what became of the files, what is said of it, how the redaction ends
    ((), "There was no image to redact.", 0),
    (("no image",), "There was no image to redact.", 0),
    (("harmless, stripped",), "Nothing found that gives a person away.", 0),
    (("harmless, left out",), "Nothing found that gives a person away.", 0),
    (("video behind, stripped",), "Nothing found that gives a person away.", 0),
    (("video behind, copied",), "Nothing found to hide in what could be examined.", 4),
    (("hidden",), f"{COVERED}; none of it came back when read again.", 0),
    (("hidden earlier", "harmless, copied"), f"{COVERED}; none of it came back when read again.", 0),
    (("hidden", "code not decoded"), f"{COVERED}. Look at the images that the report lists.", 0),
    (("hidden", "video behind, copied"), f"{COVERED}. Look at the images that the report lists.", 4),
    (("card without values",), f"Nothing found of what --fields {FIELDS} covers. What can still be seen of cards", 0),
    (("hidden", "telling folder"), "Names of folders still give somebody away. In images, what --fields", 0),
    (("harmless, stripped", "telling folder"), "Names of folders still give somebody away. In images, nothing", 0),
    (("leaks",), "1 picture still gives something away and was not published.", 6),
    (("leaks", "hidden", "not written"), "1 picture still gives something away and was not published.", 6),
    (("hidden", "not written"), OTHERS, 5),
    (("hidden", "cut off"), OTHERS, 4),
    (("hidden", "closed folder"), OTHERS, 4),
    (("harmless, stripped", "unreadable"), NO_OTHERS, 4),
    (("unreadable",), "Nothing was published; see the report for the reasons.", 4),
    (("cut off",), "Nothing was published; see the report for the reasons.", 4),
    (("closed folder",), "Nothing was published; see the report for the reasons.", 4),
    (("harmless, left out", "not written"), "Nothing was published; see the report for the reasons.", 5),
]


@pytest.mark.parametrize(("names", "sentence", "code"), OUTCOMES)
def test_a_redaction_says_what_it_came_to(names: tuple[str, ...], sentence: str, code: int) -> None:
    result = redaction_of(names)
    assert redact_verdict(result).text.startswith(sentence)
    assert ending_of_redact(result) == code
    assert sentence in said(result, [])
    assert sentence in " ".join(redact_closing_lines(result, ["in"], Destination(folder="out"), FILE))
    assert sentence in " ".join(outcome_lines(result, FILE))


def test_no_redaction_gives_a_false_all_clear() -> None:
    for names in subsets([*REDACTIONS, *SKIPPED, "telling folder"], 4):
        result = redaction_of(names)
        # What stays on cards by choice is told apart.
        clear = CLEAR | ({"card without values"} if {"hidden", "hidden earlier"} & set(names) else set())
        is_clear = bool(set(names) & set(REDACTIONS)) and set(names) <= clear
        assert ("green" in redact_verdict(result).style) is is_clear, names
        assert not is_clear or ending_of_redact(result) is ExitCode.CLEAN
        if len(names) <= 2:
            text = said(result, redact_closing_lines(result, ["in"], Destination(folder="out"), TABLE))
            assert bool(all_clears(text)) is is_clear, names


def test_what_is_said_after_a_redaction_of_what_is_there_to_do() -> None:
    """Of each single outcome, which of the next steps are named."""
    steps = {
        "verify": "idscan verify out",
        "left": "Not hidden, and still readable where results show it",
        "copied": "copied as it is",
        "by hand": "has to be hidden by hand",
    }
    expected = {name: {"verify"} for name in REDACTIONS}
    expected |= {name: set() for name in ("harmless, left out", "not written", "cut off", "unreadable")}
    expected |= {name: {"verify", "copied"} for name in ("harmless, copied", "video behind, copied")}
    expected |= {name: {"verify", "left"} for name in ("hidden", "hidden earlier", "card without values")}
    expected |= {"leaks": {"by hand"}}
    for name, wanted in expected.items():
        text = " ".join(redact_closing_lines(redaction_of([name]), ["in"], Destination(folder="out"), TABLE))
        assert {step for step, words in steps.items() if words in text} == wanted, name

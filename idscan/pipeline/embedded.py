"""Scan what a file carries besides the pixels shown: thumbnails, previews, trailing images, texts."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from idscan.cards.code_facts import read_mrz, read_symbol
from idscan.cards.extract.key_value import read_print
from idscan.cards.extract.outside_cards import labelled_facts
from idscan.cards.labels.search import find_labels
from idscan.core.enums import NUMBER_FIELDS, Where
from idscan.core.geometry import quad_from_box
from idscan.core.messages import message
from idscan.core.types import FileInfo, Frame, ImageResult, PrintedLine, Problem, Secret, SymbolReading
from idscan.pipeline.fusion import fuse_each
from idscan.vision.perceptual_hash import is_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from idscan.core.settings import Settings
    from idscan.core.types import Fact
    from idscan.images.embedded import EmbeddedImage, EmbeddedParts, EmbeddedText

_STAGE = "read"
_ENGINE = "metadata"
_NOT_FULLY_SEARCHED = Problem(_STAGE, "not_fully_searched", message("not_fully_searched"))

_LINE_HEIGHT, _LETTER_WIDTH = 20.0, 10.0
"""Made-up pixels, so that the rules for print apply to lines of text; only their proportion counts."""
_LONGEST_LINE = 400
"""Letters of one line; no label and its value are longer, and scripts and profiles have lines of any length."""
_MOST_LINES = 2000
"""Lines searched per text. Lower: labels in long texts are missed; higher: scripts and profiles cost too much time."""
_MARKUP = re.compile(r'[<>"{}\[\]\r\n\0]+')
_NUMBER = re.compile(r"(?<!\d)(?:\d[ .-]?){8,11}\d(?!\d)")
_MOST_LABEL_WORDS = 5
"""A label directly before a number has at most so many words ("Số định danh cá nhân / Personal identification")."""
_ZONE = re.compile(r"[A-Z0-9<]{28,}")


def scan_embedded(
    result: ImageResult,
    frame: Frame,
    hidden: EmbeddedParts,
    settings: Settings,
    scan_frame: Callable[[Frame, Settings], ImageResult],
) -> ImageResult:
    """Return the result of a file's first page with the data that the file contains besides its pixels.

    Args:
        result: the result for the pixels of `frame`.
        frame: the first page.
        hidden: content of the file besides its pixels.
        settings: as for the scan; further images are read in the same way.
        scan_frame: reads the pixels of one image.
    """

    def read(image: EmbeddedImage) -> ImageResult:
        height, width = image.layers[0].shape[:2]
        info = FileInfo(result.info.sha256, result.info.format, width, height)
        return replace(scan_frame(Frame(frame.ref, info, image.layers), settings), where=image.where)

    parts = (*_images(hidden, frame, read), *_texts(hidden.texts, result))
    problems = [replace(problem, quad=None) for part in parts for problem in part.problems]
    found = [replace(part, problems=(), stage_seconds=()) for part in parts if part.shown_findings or part.cards]
    return replace(
        result, embedded=tuple(found), problems=tuple(dict.fromkeys((*result.problems, *problems, *_unread(hidden))))
    )


def _images(hidden: EmbeddedParts, frame: Frame, read: Callable[[EmbeddedImage], ImageResult]) -> Iterator[ImageResult]:
    """Yield the results of embedded images; one that only shows the image itself, smaller, is not read again."""
    for image in hidden.images:
        if not any(is_copy(image.layers[0], layer) for layer in frame.layers):
            yield read(image)


def _unread(hidden: EmbeddedParts) -> Iterator[Problem]:
    for kind, what in hidden.unread:
        yield Problem(_STAGE, kind, message(kind, what=what))
    if not hidden.is_complete:
        yield _NOT_FULLY_SEARCHED


def _texts(texts: Iterable[EmbeddedText], result: ImageResult) -> Iterator[ImageResult]:
    """Yield the results for texts besides the pixels, by the rules for print."""
    by_place: dict[Where, list[str]] = {}
    for text in texts:
        where = Where.TRAILING if text.where == "trailing" else Where.METADATA
        by_place.setdefault(where, []).append(text.text.reveal())
    for where, own in by_place.items():
        seen: set[tuple[str, str]] = set()
        facts = tuple(dict.fromkeys(fact for text in own for fact in facts_of_text(text, seen)))
        info = FileInfo(result.info.sha256, result.info.format)
        yield ImageResult(ref=result.ref, info=info, findings=fuse_each(facts), where=where)


def facts_of_text(text: str, seen: set[tuple[str, str]] | None = None) -> tuple[Fact, ...]:
    """Return the personal data in a text: a code's payload, a machine-readable zone, labelled values.

    Digits alone are none, as in print.

    Args:
        text: any text.
        seen: lines, each with the next one, that need not be read again; those of this text are added. The same text
            stands several times in many files.
    """
    seen = set() if seen is None else seen
    facts: list[Fact] = []
    lines = [line.strip() for line in text.splitlines()]
    for payload in dict.fromkeys((text.strip(), *lines)):
        if payload.count("|") > 1:
            code = read_symbol(SymbolReading("qr", Secret(payload), quad_from_box(0, 0, 1, 1), _ENGINE))
            facts += code.facts if code is not None else ()
    if any(_ZONE.search(line) for line in lines):
        zone = read_mrz(_laid_out(lines))
        facts += zone.facts if zone is not None else ()
    for candidate in _candidate_lines(text, seen):
        facts += labelled_facts(read_print(_laid_out(candidate), on_card=False))
    for line in lines:
        if (line, "\n") not in seen:
            seen.add((line, "\n"))
            facts += _labelled_numbers(line)
    return tuple(dict.fromkeys(replace(fact, quad=None, lines=(), px_per_module=None) for fact in facts))


def _candidate_lines(text: str, seen: set[tuple[str, str]]) -> Iterator[list[str]]:
    """Yield the lines of a text in which labels stand, each group of neighbours, as written and without markup."""
    is_markup = "</" in text
    for variant in dict.fromkeys((*(() if is_markup else (text,)), _MARKUP.sub("\n", text))):
        lines = [line[:_LONGEST_LINE] for line in variant.splitlines() if line.strip()][:_MOST_LINES]
        near: set[int] = set()
        for i, pair in enumerate(pairwise([*lines, ""])):
            if pair not in seen and find_labels(pair[0]):
                near |= {i, min(i + 1, len(lines) - 1)}
            seen.add(pair)
        kept = sorted(near)
        # Lines that do not follow each other are no neighbours.
        start = 0
        for position, (before, after) in enumerate(pairwise([*kept, -1]), start=1):
            if after != before + 1:
                yield [lines[i] for i in kept[start:position]]
                start = position


def _labelled_numbers(line: str) -> Iterator[Fact]:
    """Yield numbers with a label directly before them in running text, where print would be a mention of the label."""
    for match in _NUMBER.finditer(line):
        words = line[: match.start()][-_LONGEST_LINE:].split()[-_MOST_LABEL_WORDS:]
        for count in range(1, len(words) + 1):
            phrase = " ".join((*words[-count:], match.group()))
            if not find_labels(phrase):
                continue
            reading = read_print(_laid_out([phrase]), on_card=False)
            yield from (fact for fact in labelled_facts(reading) if fact.field in NUMBER_FIELDS)


def _laid_out(lines: Iterable[str]) -> list[PrintedLine]:
    """Return lines of text as lines of print, one below the other."""
    return [
        PrintedLine(
            Secret(line),
            quad_from_box(0, i * 1.5 * _LINE_HEIGHT, _LETTER_WIDTH * len(line), (i * 1.5 + 1) * _LINE_HEIGHT),
            1.0,
            _ENGINE,
        )
        for i, line in enumerate(lines)
        if line
    ]

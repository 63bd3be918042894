"""Find machine-readable zones (ICAO 9303) in recognised lines."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

from idscan.cards.fields.person_names import is_name_like, name_from_mrz
from idscan.cards.mrz.td1 import combine, read_lower, read_upper
from idscan.cards.mrz.td3 import read_passport
from idscan.cards.mrz.zone import TD1_WIDTH, TD3_WIDTH, MrzMatch, ZoneSpan, clean_name_line, compact, compact_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_PARTS = 3
"""Detected lines that are one line of the MRZ. Fewer: split lines are missed; more: costs time."""
_MAX_EXTRA_CHARACTERS = 2
"""Characters in excess of a line. Lower: lines with added characters are missed; higher: costs time."""
_NAME_LINES_BELOW = 3
"""Lines below the checked ones that may hold the name. Fewer: it is missed below noise; more: other print is a name."""


def find_mrz(lines: Sequence[str], confidences: Sequence[Sequence[float]] = ()) -> MrzMatch | None:
    """Find the MRZ of a Vietnamese card or passport in recognised lines, and repair errors.

    Lines may have spaces, lower case, misread or missing fillers, and be split into parts; any of them may be missing.
    A value is repaired only if no other reading explains the check digits as well; a doubtful value is left out.

    Args:
        lines: recognised lines.
        confidences: for each line the confidence of each character; () where it is not known.

    Returns:
        The MRZ with at least one right check, or None.
    """
    read = [compact_span(line, known) for line, known in zip(lines, confidences or repeat(()), strict=False)]
    joined = list(_with_joined_parts(read))
    uppers = [upper for text, indices in joined if (upper := read_upper(text, indices))]
    lowers = [lower for text, indices in joined if (lower := read_lower(text, indices))]
    pairs = [
        combine(upper, lower)
        for upper in (*uppers, None)
        for lower in (*lowers, None)
        if upper is not None or lower is not None
    ]
    best = max((match for match in pairs if match), key=_rank, default=None)
    if best is None or not best.mrz.valid_checks:
        return read_passport(joined)
    return _with_name(best, lines)


def _rank(match: MrzMatch) -> tuple[int, int, int, int]:
    # A second line without right checks still belongs to the MRZ; parts that add nothing do not.
    return match.mrz.valid_checks, len(match.mrz.lines), -match.repairs, -len(match.indices)


def _with_joined_parts(lines: Sequence[ZoneSpan]) -> Iterator[tuple[ZoneSpan, tuple[int, ...]]]:
    """Yield each compact line, and consecutive ones joined, with their indices."""
    for first, line in enumerate(lines):
        yield line, (first,)
        whole = line
        for last in range(first + 1, min(first + _MAX_PARTS, len(lines))):
            whole += lines[last]
            if not line.text or not lines[last].text or len(whole.text) > TD3_WIDTH + _MAX_EXTRA_CHARACTERS:
                break
            yield whole, tuple(range(first, last + 1))


def _with_name(match: MrzMatch, lines: Sequence[str]) -> MrzMatch:
    """Return a match with the name of its third line, looked for below the others first."""
    last = max(match.indices)
    below = range(last + 1, min(last + 1 + _NAME_LINES_BELOW, len(lines)))
    elsewhere = [index for index in range(len(lines)) if index not in match.indices and index not in below]
    for index in (*below, *elsewhere):
        # Elsewhere on a card only print with unrepaired characters of an MRZ is taken for a line of it.
        is_mrz_line = lines[index].isascii() and lines[index].isupper() and "<<" in lines[index]
        has_filler = "<" in compact(lines[index]) and (index in below or is_mrz_line)
        is_plain_name = index == last + 1 and lines[index].isupper() and is_name_like(lines[index])
        name = clean_name_line(lines[index]) if has_filler or is_plain_name else None
        if name is not None:
            line = name[:TD1_WIDTH].ljust(TD1_WIDTH, "<")
            is_cut = len(name) >= TD1_WIDTH
            mrz = replace(match.mrz, name=name_from_mrz(line), lines=(*match.mrz.lines, line), is_name_cut=is_cut)
            return replace(match, mrz=mrz, indices=tuple(sorted({*match.indices, index})), name_index=index)
    return match

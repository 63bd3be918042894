"""Zones with the errors of text readers: `python -m tests.benchmarks.zones --count 100000 --seed 1`.

Makes up machine-readable zones of identity cards and passports, misreads them as readers do (digits and fillers taken
for others, characters lost or added, lines cut off), and prints for each value how often it was given rightly, given
wrongly, called proven and was yet wrong. Returns 1 where a proven value was wrong, or more than one in 1,000 given.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from idscan.cards.mrz import find_mrz
from tests.synth.mrz import ZoneFacts, check_digit, td1, td3
from tests.synth.people import make_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.mrz.zone import MrzMatch
    from tests.synth.people import Person

CONFUSIONS = {
    "0": "8888669OD",
    "1": "77I4l",
    "2": "77Z",
    "3": "8859",
    "4": "119A",
    "5": "6S939",
    "6": "885G0",
    "7": "1122T",
    "8": "000633B9",
    "9": "004538g",
    "M": "HN",
    "F": "PE",
    "N": "M",
    "V": "Y",
    "<": "KCELS(«",
}
"""What readers make of characters of OCR-B, the more often the likelier: as public readers report, and ours."""
_ANY_OTHER = 0.08
"""Share of misread digits that are taken for any other."""
_QUALITIES = ((0.0, 40), (0.003, 35), (0.02, 17), (0.06, 8))
"""Errors per character, and how many zones of a hundred are so."""
_CONFIDENT = 0.06
"""Share of errors of which the reader was sure; of 41 of our own reader's one was above 0.98."""
_LOST_OR_ADDED = 0.08
"""Characters lost or added for each one misread."""
_MISREAD_TWICE = 0.08
"""How often a digit that is misread in one copy of the number is misread alike in the other."""
_OTHER_SCHEME, _OTHER_YEAR, _CUT, _PASSPORT = 0.02, 0.003, 0.06, 0.1
"""Shares of zones whose last check digit of line 1 follows another scheme, whose holder's number gives another year, of
which the picture's edge cuts something off, and of those that are a passport's."""
FIELDS = ("number", "date_of_birth", "date_of_expiry", "sex")
_MOST_WRONG = 0.001


@dataclass(frozen=True, slots=True)
class MadeUpZone:
    """A zone as it was read.

    Attributes:
        truth: what it says, by field; empty where it says that there is no such date.
        lines: what the reader made of it.
        sureness: for each line how sure the reader was of each character.
    """

    truth: dict[str, str]
    lines: tuple[str, ...]
    sureness: tuple[tuple[float, ...], ...]


def make_zone(seed: int) -> MadeUpZone:
    """Make up one zone; the same seed gives the same one."""
    rng = Random(f"zone {seed}")
    person = make_person(rng.randrange(1 << 30), rng.choice(("cccd_chip", "can_cuoc")))
    if rng.random() < _OTHER_YEAR:
        person = replace(person, birth=person.birth.replace(year=person.birth.year - rng.randint(1, 9)))
    lines = _printed(person, rng)
    errors = rng.choices([share for share, _ in _QUALITIES], [weight for _, weight in _QUALITIES])[0]
    read = [_read(line, errors, rng) for line in lines]
    if len(lines) > 2 and rng.random() < errors * 30 * _MISREAD_TWICE:
        _misread_twice(read[0], rng)
    if rng.random() < _CUT:
        read = _cut(read, rng)
    truth = {
        "number": person.number,
        "date_of_birth": person.birth.isoformat(),
        "date_of_expiry": person.expiry_text or "",
        "sex": person.sex,
    }
    return MadeUpZone(
        truth,
        tuple("".join(letter for letter, _ in line) for line in read),
        tuple(tuple(sure for _, sure in line) for line in read),
    )


def _printed(person: Person, rng: Random) -> tuple[str, ...]:
    expiry = "991231" if person.expires is None else f"{person.expires:%y%m%d}"
    facts = ZoneFacts(person.number, person.name, f"{person.birth:%y%m%d}", "F" if person.is_female else "M", expiry)
    if rng.random() < _PASSPORT:
        return td3(facts, f"{rng.choice('BCPN')}{rng.randint(0, 9_999_999):07d}")
    first, second, third = td1(facts)
    if rng.random() < _OTHER_SCHEME:
        first = first[:-1] + rng.choice("0123456789")
        second = second[:-1] + check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, second, third


def _read(line: str, errors: float, rng: Random) -> list[tuple[str, float]]:
    """Return the characters that a reader gives for a line, each with how sure it was."""
    read: list[tuple[str, float]] = []
    for letter in line:
        if rng.random() >= errors:
            read.append((letter, _sure(rng, errors)))
        elif rng.random() < _LOST_OR_ADDED:
            if rng.random() < 0.5:
                read += [(letter, _sure(rng, errors)), (letter, _unsure(rng))]
        elif letter.isdigit() and rng.random() < _ANY_OTHER:
            read.append((rng.choice("0123456789".replace(letter, "")), _unsure(rng)))
        else:
            read.append((rng.choice(CONFUSIONS.get(letter, letter)), _unsure(rng)))
    return read


def _sure(rng: Random, errors: float) -> float:
    """Return how sure a reader is of what it reads rightly: the less, the harder the line is to read."""
    return 1 - min(rng.expovariate(1) ** 3 * (0.0005 + errors / 4), 0.7)


def _unsure(rng: Random) -> float:
    """Return how sure a reader is of what it misreads."""
    return rng.uniform(0.97, 1.0) if rng.random() < _CONFIDENT else rng.uniform(0.3, 0.97)


def _misread_twice(first: list[tuple[str, float]], rng: Random) -> None:
    place = rng.randrange(9)
    if len(first) != len("IDVNM" + "0" * 25) or not first[5 + place][0].isdigit():
        return
    other = rng.choice(CONFUSIONS[first[5 + place][0]])
    first[5 + place], first[18 + place] = (other, _unsure(rng)), (other, _unsure(rng))


def _cut(lines: list[list[tuple[str, float]]], rng: Random) -> list[list[tuple[str, float]]]:
    """Cut off one end of the lines, or a whole line."""
    if rng.random() < 0.3:
        lost = rng.randrange(len(lines))
        return [line for i, line in enumerate(lines) if i != lost]
    lost = rng.randint(1, 14)
    return [line[lost:] for line in lines] if rng.random() < 0.5 else [line[:-lost] for line in lines]


def given(match: MrzMatch | None) -> dict[str, tuple[str, bool]]:
    """Return the values that a zone gives, each with whether it is proven."""
    if match is None or not match.mrz.is_vietnamese:
        return {}
    mrz = match.mrz
    values = {
        "number": mrz.number,
        "date_of_birth": mrz.date_of_birth and mrz.date_of_birth.iso,
        "date_of_expiry": mrz.date_of_expiry and mrz.date_of_expiry.iso,
        "sex": mrz.sex,
    }
    return {name: (value, name in match.proven) for name, value in values.items() if value}


def count(seeds: Sequence[int]) -> Counter[tuple[str, str]]:
    """Return how many values of some zones were right, wrong, not given, and each of the first two when proven.

    Fields that a zone leaves out and that were not given either are not counted.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for seed in seeds:
        zone = make_zone(seed)
        found = given(find_mrz(zone.lines, zone.sureness))
        for name in FIELDS:
            value, is_proven = found.get(name, ("", False))
            if not value and not zone.truth[name]:
                continue
            outcome = "not given" if not value else "right" if value == zone.truth[name] else "wrong"
            counts[name, outcome] += 1
            counts[name, f"proven and {outcome}"] += is_proven
    return counts


def is_good(counts: Counter[tuple[str, str]]) -> bool:
    """Return whether nothing proven was wrong, and next to nothing given."""
    wrong, right = (sum(counts[name, outcome] for name in FIELDS) for outcome in ("wrong", "right"))
    return not any(counts[name, "proven and wrong"] for name in FIELDS) and wrong <= _MOST_WRONG * (wrong + right)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first zone")
    options = parser.parse_args()
    counts = count(range(options.seed, options.seed + options.count))
    outcomes = ("right", "wrong", "not given", "proven and right", "proven and wrong")
    print(f"{'':16}" + "".join(f"{outcome:>18}" for outcome in outcomes))
    for name in FIELDS:
        print(f"{name:16}" + "".join(f"{counts[name, outcome]:18}" for outcome in outcomes))
    return 0 if is_good(counts) else 1


if __name__ == "__main__":
    sys.exit(main())

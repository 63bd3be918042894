"""People found on papers and screens: `python -m tests.benchmarks.papers --count N --seed S`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from idscan.core.enums import Effort, Field
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline.scan import scan_image
from tests.synth.papers import KINDS, PaperRow, make_paper

if TYPE_CHECKING:
    from idscan.core.types import ImageResult

_FIELDS = {"number": Field.NUMBER, "name": Field.NAME, "date": Field.DATE_OF_BIRTH}


def _told(result: ImageResult) -> dict[str, list[str]]:
    """Return the values of each field, on cards and off them; names as printed but for case."""
    told: dict[str, list[str]] = {name: [] for name in _FIELDS}
    for finding in result.all_findings:
        for name, field in _FIELDS.items():
            if finding.field is field and finding.value is not None:
                told[name].append(finding.value.reveal().casefold())
    return told


def _measure(row: PaperRow, told: dict[str, list[str]]) -> dict[str, bool]:
    values = {name: value.casefold() for name, value in row._asdict().items() if value is not None}
    return {name: value in told[name] for name, value in values.items()}


def main() -> None:
    """Scan made-up papers of every kind and their harmless twins, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6, help="papers of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=sorted(KINDS), choices=sorted(KINDS))
    parser.add_argument("--effort", default="normal", choices=[effort.value for effort in Effort])
    parser.add_argument("--misses", type=Path, help="folder that takes the papers with a miss or a false finding")
    options = parser.parse_args()
    settings = Settings(effort=Effort(options.effort))
    totals: Counter[str] = Counter()
    for kind in options.kinds:
        own: Counter[str] = Counter()
        for seed in range(options.seed, options.seed + options.count):
            for is_harmless in (False, True):
                paper = make_paper(kind, seed, is_harmless=is_harmless)
                with TemporaryDirectory() as folder:
                    path = Path(folder) / "paper.png"
                    paper.image.save(path)
                    start = time.process_time()
                    result = scan_image(ImageRef(str(path)), settings)
                    own["seconds"] += round(1000 * (time.process_time() - start))
                is_right = _count(own, paper.rows, result)
                if not is_right:
                    print(f"  {kind} {seed}{' harmless' if is_harmless else ''}: {_short(paper.rows, result)}")
                    if options.misses:
                        options.misses.mkdir(parents=True, exist_ok=True)
                        paper.image.save(options.misses / f"{kind}_{seed}{'_harmless' if is_harmless else ''}.png")
        print(_line(kind, own))
        totals.update(own)
    print(_line("all", totals))


def _count(own: Counter[str], rows: tuple[PaperRow, ...], result: ImageResult) -> bool:
    own["papers"] += 1
    if not rows:
        own["harmless"] += 1
        own["false"] += result.is_exposed
        return not result.is_exposed
    told = _told(result)
    is_right = True
    for row in rows:
        right = _measure(row, told)
        own["rows"] += 1
        own["found"] += right.get("number", False) or (right.get("name", False) and right.get("date", False))
        for name, is_exact in right.items():
            own[f"{name} of"] += 1
            own[name] += is_exact
        is_right &= all(right.values())
    numbers = {row.number for row in rows}
    wrong = [value for value in told["number"] if value not in numbers]
    own["wrong numbers"] += len(wrong)
    people = {finding.value.reveal() for finding in result.findings if finding.field is Field.NUMBER and finding.value}
    own["people"] += len(people & numbers)
    return is_right and not wrong


def _short(rows: tuple[PaperRow, ...], result: ImageResult) -> str:
    if not rows:
        return ", ".join(
            f"{found.field} {found.value.reveal() if found.value else None}" for found in result.all_findings
        )
    told = _told(result)
    missed = [
        f"{name}={value}"
        for row in rows
        for name, value in row._asdict().items()
        if value is not None and value.casefold() not in told[name]
    ]
    known = {value.casefold() for row in rows for value in row if value}
    others = [value for values in told.values() for value in values if value not in known]
    return f"{len(missed)} of {3 * len(rows)} missed: {missed[:6]} others: {others[:6]}"


def _line(kind: str, own: Counter[str]) -> str:
    shares = " ".join(f"{name} {own[name]}/{own[f'{name} of']}" for name in _FIELDS)
    exact = sum(own[name] for name in _FIELDS) / max(1, sum(own[f"{name} of"] for name in _FIELDS))
    rows = own["found"] / max(1, own["rows"])
    return (
        f"{kind}: rows {own['found']}/{own['rows']} {rows:.1%}; exact {exact:.1%} ({shares}); "
        f"wrong numbers {own['wrong numbers']}; false {own['false']}/{own['harmless']}; "
        f"CPU {own['seconds'] / 1000 / max(1, own['papers']):.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())

from __future__ import annotations

import io

import pytest

from idscan.report.options import ReportOptions
from idscan.report.registry import DEFAULT_FORMAT, FORMATS, format_of_file
from tests.fakes.made_up import typical_run


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_writes_a_report(name: str) -> None:
    stream = io.StringIO()
    FORMATS[name].write(typical_run(), stream, ReportOptions())
    assert "photos/shop/" in stream.getvalue()


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT_FORMAT in FORMATS


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.json", "json"), ("a/B.JSON", "json"), ("a.txt", "table"), ("json", None), ("a.jpg", None)],
)
def test_a_suffix_means_a_format(name: str, expected: str | None) -> None:
    found = format_of_file(name)
    assert (found.name if found else None) == expected

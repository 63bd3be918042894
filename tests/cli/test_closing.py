"""The lines behind the report of a scan."""

from __future__ import annotations

import pytest

from idscan.cli.closing import closing_lines
from idscan.core.results import Problem
from idscan.report.options import ReportOptions
from tests.fakes.made_up import NUMBER, chip_front, image, run_of

EXPOSED = run_of(image("photos/a.jpg", chip_front()))


@pytest.mark.parametrize("file", [None, "findings.json"])
def test_an_exposing_scan_names_the_command_that_hides_it_last(file: str | None) -> None:
    lines = closing_lines(EXPOSED, ["my photos"], ReportOptions(), file)
    assert lines[-1] == "To hide it: idscan redact -o redacted 'my photos'"


def test_a_harmless_scan_names_nothing_to_hide() -> None:
    assert "redact" not in " ".join(closing_lines(run_of(image("photos/a.jpg")), ["photos"], ReportOptions(), None))


def test_a_path_that_gives_a_person_away_is_not_repeated() -> None:
    lines = closing_lines(EXPOSED, [f"photos/{NUMBER}"], ReportOptions(), None)
    assert lines[-1] == "To hide it: idscan redact -o redacted PATH..."


def test_files_of_which_a_part_was_not_examined_are_named() -> None:
    video = Problem("read", "trailing_video", "made up")
    images = [image(f"photos/{name}.jpg", problems=(video,)) for name in ("a", "b", "c", NUMBER)]
    text = "\n".join(closing_lines(run_of(*images, image("photos/e.jpg")), ["photos"], ReportOptions(), None))
    assert "Examined only in part; the report says why: photos/a.jpg, photos/b.jpg, photos/c.jpg, ..." in text
    assert "e.jpg" not in text
    assert NUMBER not in "\n".join(closing_lines(run_of(*images[3:]), ["photos"], ReportOptions(), None))

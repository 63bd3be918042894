"""The command in Vietnamese: its own words and those of click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from idscan.cli.main import COMMANDS
from idscan.core.errors import ExitCode
from idscan.report.messages import CLICK_MESSAGES
from tests.fakes.process import idscan

if TYPE_CHECKING:
    from pathlib import Path

WRONG = {
    "no command": (["scna"], "Không có lệnh 'scna'."),
    "no option": (["scan", "--efort", "fast", "x"], "Có phải bạn muốn dùng "),
    "no choice": (["scan", "--effort", "x", "x"], "'x' không phải là một trong 'fast', 'normal', 'thorough'."),
    "no number": (["scan", "-j", "x", "x"], "'x' không phải là số nguyên hợp lệ."),
    "out of range": (["scan", "-j", "0", "x"], "0 nằm ngoài khoảng cho phép x>=1."),
    "no value": (["scan", "--effort"], "Tùy chọn '--effort' cần 1 giá trị."),
    "value of a flag": (["scan", "--force=3", "x"], "Tùy chọn '--force' không nhận giá trị."),
    "argument missing": (["explain"], "Thiếu tham số 'TEXT'."),
    "argument too many": (["explain", "a", "b"], "Thừa tham số"),
}


def english_of_click() -> list[str]:
    """Return the constant parts of click's messages that are long enough to be found in a text."""
    parts = (part.strip(" .?()[]") for message in CLICK_MESSAGES for part in re.split(r"{[^}]*}|'", message))
    return [part for part in parts if len(part) > len("range")]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids=" ".join)
def test_help_is_vietnamese_from_the_first_word_to_the_last(command: tuple[str, ...], tmp_path: Path) -> None:
    shown = idscan(*command, "--help", cwd=tmp_path, LANGUAGE="vi")
    assert shown.code == ExitCode.CLEAN
    assert shown.out.startswith("Cách dùng: idscan")
    assert "Tùy chọn:" in shown.out
    assert [part for part in english_of_click() if part in shown.out] == []


@pytest.mark.parametrize(("arguments", "answer"), WRONG.values(), ids=WRONG)
def test_errors_of_usage_are_vietnamese(arguments: list[str], answer: str, tmp_path: Path) -> None:
    ended = idscan(*arguments, cwd=tmp_path, LANGUAGE="vi")
    assert ended.code == ExitCode.USAGE
    assert answer in ended.err
    assert [part for part in english_of_click() if part in ended.err] == []


def test_english_stays_as_click_writes_it(tmp_path: Path) -> None:
    assert "Usage: idscan scan [OPTIONS] PATH..." in idscan("scan", "--help", cwd=tmp_path).out
    assert "No such command 'scna'." in idscan("scna", cwd=tmp_path).err

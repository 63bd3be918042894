"""What the README tells is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from idscan.cli.main import COMMANDS, group
from idscan.core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?:console|sh|shell|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ENDS = frozenset({"&&", "||", "|", ";", ">", "2>", "#"})


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every `idscan ...` in the blocks of a shell; a trailing backslash joins lines."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            for start, word in enumerate(words):
                if (word == "idscan" or word.endswith("/idscan")) and (
                    start == 0 or words[start - 1] in {"&&", "|", ";"}
                ):
                    arguments = words[start + 1 :]
                    end = next((i for i, argument in enumerate(arguments) if argument in ENDS), len(arguments))
                    yield arguments[:end]


def parse(arguments: list[str]) -> None:
    """Parse a command line without running it.

    Raises:
        click.UsageError: if it makes no sense.
    """
    context = click.Context(group, info_name="idscan")
    name, command, rest = group.resolve_command(context, list(arguments))
    assert command is not None
    command.make_context(name, rest, parent=context)


def table_rows(text: str, first: str) -> list[tuple[str, str]]:
    """Return (first, second) cell of the rows of the table whose first cell is a heading."""
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    headings = [position for position, row in enumerate(rows) if row[0] == first]
    if not headings:
        return []
    wanted = []
    for row in rows[headings[0] + 2 :]:
        if not row[0].isdecimal():
            break
        wanted.append((row[0], row[1]))
    return wanted


@pytest.mark.parametrize("arguments", list(commands(README)), ids=" ".join)
def test_every_command_of_the_readme_is_understood(arguments: list[str]) -> None:
    if arguments not in (["--version"], ["--help"]):
        parse(arguments)


def test_a_command_that_makes_no_sense_is_noticed() -> None:
    (arguments,) = commands("```console\n$ cd x && .venv/bin/idscan scan --unheard-of x | less  # a comment\n```\n")
    assert arguments == ["scan", "--unheard-of", "x"]
    with pytest.raises(click.UsageError):
        parse(arguments)


def test_the_exit_codes_of_the_readme_are_those_of_the_program() -> None:
    listed = {int(code) for code, _meaning in table_rows(README, "Exit code")}
    if not listed:
        pytest.skip("the README has no table of exit codes yet")
    assert listed == {code.value for code in ExitCode}


@pytest.mark.parametrize("name", COMMANDS)
def test_options_that_the_readme_names_exist(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    written = {
        word for arguments in commands(README) if arguments[:1] == [name] for word in arguments if word[:2] == "--"
    }
    assert {word.partition("=")[0] for word in written} - {"--"} <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help
    assert [param.name for param in command.params if isinstance(param, click.Option) and not param.help] == []

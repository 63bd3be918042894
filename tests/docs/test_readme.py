"""Compare the documents with the program: commands, options, exit codes, links."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from idscan.cli.main import COMMANDS, group
from idscan.core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / ".github").glob("*.md")))
}
BLOCK = re.compile(r"^```(?:console|sh|shell|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ENDS = frozenset({"&&", "||", "|", ";", ">", "2>", "#"})
STARTS = frozenset({"&&", "|", ";"})
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each command in the blocks of a shell; a trailing backslash joins lines."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while words and ASSIGNMENT.fullmatch(words[0]):
                words = words[1:]
            yield words


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every `idscan ...` in the blocks of a shell."""
    for words in command_lines(text):
        for start, word in enumerate(words):
            if (word == "idscan" or word.endswith("/idscan")) and (start == 0 or words[start - 1] in STARTS):
                arguments = words[start + 1 :]
                end = next((i for i, argument in enumerate(arguments) if argument in ENDS), len(arguments))
                yield arguments[:end]


def modules(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield module and arguments of every `python -m ...` of the repository, in blocks and in lines of text."""
    in_text = (shlex.split(code) for code in re.findall(r"`(python -m [^`]+)`", text.replace("\n", " ")))
    for words in (*command_lines(text), *in_text):
        if words[:2] == ["python", "-m"] and words[2].startswith("tests."):
            yield words[2], words[3:]


def parse(arguments: list[str]) -> None:
    """Parse a command line without running it.

    Raises:
        click.UsageError: if it is wrong.
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


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a document."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize(
    "arguments", [arguments for text in DOCUMENTS.values() for arguments in commands(text)], ids=" ".join
)
def test_every_command_of_the_documents_can_be_parsed(arguments: list[str]) -> None:
    if arguments not in (["--version"], ["--help"]):
        parse(arguments)


def test_a_wrong_command_is_noticed() -> None:
    (arguments,) = commands("```console\n$ cd x && .venv/bin/idscan scan --unheard-of x | less  # a comment\n```\n")
    assert arguments == ["scan", "--unheard-of", "x"]
    with pytest.raises(click.UsageError):
        parse(arguments)


def test_a_command_behind_variables_is_noticed() -> None:
    assert list(commands("```sh\nLANGUAGE=vi idscan scan x\n```\n")) == [["scan", "x"]]


def test_the_readme_shows_each_command() -> None:
    shown = {arguments[0] for arguments in commands(README)} | set(re.findall(r"`idscan (\w+)", README))
    assert not set(COMMANDS) - shown, f"the README shows no {set(COMMANDS) - shown}"


@pytest.mark.parametrize(
    ("module", "arguments"),
    [called for text in DOCUMENTS.values() for called in modules(text)],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_modules_that_the_documents_call_exist_and_have_the_options(module: str, arguments: list[str]) -> None:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    source = (path.with_name("__main__.py") if path.name == "__init__.py" else path).read_text(encoding="utf-8")
    assert [word for word in arguments if word.startswith("--") and f'"{word}"' not in source] == []


@pytest.mark.parametrize("heading", ["Exit code", "Mã thoát"])
def test_the_exit_codes_of_the_readme_are_those_of_the_program(heading: str) -> None:
    assert [int(code) for code, _meaning in table_rows(README, heading)] == [code.value for code in ExitCode]


@pytest.mark.parametrize("name", COMMANDS)
def test_options_that_the_documents_name_exist(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    written = {
        word
        for text in DOCUMENTS.values()
        for arguments in commands(text)
        if arguments[:1] == [name]
        for word in arguments
        if word[:2] == "--"
    }
    assert {word.partition("=")[0] for word in written} - {"--"} <= known


@pytest.mark.parametrize("name", ["README.md", ".github/REDACTION.md"])
def test_options_in_the_text_are_options_of_some_command(name: str) -> None:
    found = (group.get_command(click.Context(group), command) for command in COMMANDS)
    known = {option for command in found if command for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)", DOCUMENTS[name])) <= known | {"--help", "--version"}


def test_the_styles_of_the_documents_are_those_of_the_table_of_fills() -> None:
    from idscan.redact.fill import FILLS

    described = re.findall(r"^- `--style ([a-z]+)`", DOCUMENTS[".github/REDACTION.md"], re.MULTILINE)
    assert described == [style.value for style in FILLS]
    assert {style for text in DOCUMENTS.values() for style in re.findall(r"--style ([a-z]+)", text)} <= {*described}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files_and_headings(name: str) -> None:
    for target in LINK.findall(DOCUMENTS[name]):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), target


NOT_WRITTEN_YET = frozenset({"idscan/images/formats/jxl.py", "idscan/images/formats/pdf.py", "idscan/report/sarif.py"})
"""Files of the examples of what could be added."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_in_the_documents_exist(name: str) -> None:
    paths = set(re.findall(r"`((?:idscan|tests|sample_images|\.ci)/[\w./-]+)`", DOCUMENTS[name])) - NOT_WRITTEN_YET
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help
    assert [param.name for param in command.params if isinstance(param, click.Option) and not param.help] == []

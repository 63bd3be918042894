"""Conventions of the repository that no linter checks."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, TESTS = ROOT / "idscan", ROOT / "tests"

MAX_NOQA = 60
"""More exceptions than this from lint rules call for a rule per file in pyproject.toml, with its reason."""

TESTED_ELSEWHERE = {
    # The package as a whole.
    "__init__.py": "unit/test_public_names.py",
    "__main__.py": "cli/test_process.py",
    # Parts of one subject, which are tested together.
    "cards/documents/*.py": "unit/cards/test_documents.py",
    "cards/mrz/*.py": "unit/cards/test_mrz.py",
    "images/formats/*.py": "unit/images/test_formats.py",
    "core/messages.py": "unit/report/test_messages_words.py",
    # Tables, and types without behaviour: tested where they are used.
    "cards/fields/name_tables.py": "unit/cards/test_person_names.py",
    "cards/labels/*.py": "unit/cards/test_search_labels.py",
    "cards/text/__init__.py": "property/test_cards_parsers.py",
    "core/enums.py": "unit/test_public_names.py",
    "core/errors.py": "docs/test_readme.py",
    "core/settings.py": "unit/run/test_scan.py",
    # All engines pass one suite.
    "engines/tesseract.py": "engines/test_contract.py",
    "engines/zbar.py": "engines/test_contract.py",
    "engines/onnx.py": "unit/engines/test_text_recognizer.py",
    # The commands are tested as a whole, in a process of their own.
    "cli/doctor.py": "cli/test_other_commands.py",
    "cli/explain.py": "cli/test_other_commands.py",
    "cli/main.py": "cli/test_process.py",
    "cli/options.py": "cli/test_scan_command.py",
    "cli/verify.py": "cli/test_other_commands.py",
    "report/verdicts.py": "cli/test_verdicts.py",
}
"""Modules without a test module of their own name, or patterns of them, and the test module that covers them."""


def modules() -> list[str]:
    """Return the paths of all modules that hold code, relative to the package."""
    found = (path for path in PACKAGE.rglob("*.py") if len(path.read_text(encoding="utf-8").splitlines()) > 1)
    return sorted(path.relative_to(PACKAGE).as_posix() for path in found)


def subject(module: str) -> str:
    """Return the name by which the tests of a module are found: a package is named by its folder."""
    path = Path(module)
    return path.parent.name if path.name == "__init__.py" else path.stem


def has_tests_by_its_name(module: str) -> bool:
    room = module.partition("/")[0]
    return any(
        folder.is_dir()
        and (any(folder.glob(f"test_{subject(module)}.py")) or any(folder.glob(f"test_{subject(module)}_*.py")))
        for folder in (TESTS / "unit" / room, TESTS / room)
    )


@pytest.mark.parametrize("module", modules())
def test_the_tests_of_a_module_are_found_by_its_name(module: str) -> None:
    is_listed = any(fnmatch(module, pattern) for pattern in TESTED_ELSEWHERE)
    hint = f"{module} has neither a test module of its name nor a row in TESTED_ELSEWHERE"
    assert has_tests_by_its_name(module) or is_listed, hint


def test_a_module_without_tests_is_noticed() -> None:
    assert not has_tests_by_its_name("core/made_up.py")


@pytest.mark.parametrize(("pattern", "test_module"), TESTED_ELSEWHERE.items())
def test_the_list_of_other_places_is_up_to_date(pattern: str, test_module: str) -> None:
    listed = [module for module in modules() if fnmatch(module, pattern)]
    assert listed
    assert not all(has_tests_by_its_name(module) for module in listed)
    assert (TESTS / test_module).is_file()


@pytest.mark.parametrize("room", sorted({module.partition("/")[0] for module in modules() if "/" in module}))
def test_a_unit_test_is_named_after_a_module_of_its_room(room: str) -> None:
    subjects = {subject(module) for module in modules() if module.startswith(f"{room}/")}
    names = [path.stem.removeprefix("test_") for path in (TESTS / "unit" / room).glob("test_*.py")]
    assert [name for name in names if not any(f"{name}_".startswith(f"{known}_") for known in subjects)] == []


def test_exceptions_from_lint_rules_are_few() -> None:
    marked = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in (PACKAGE, TESTS)
        for path in folder.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# noqa: " in line and path != Path(__file__)
    ]
    assert len(marked) <= MAX_NOQA, marked


def test_one_light_test_file_runs_without_workers_and_engines() -> None:
    """Each of these modules takes longer to load than most test files take to run."""
    code = (
        "import sys, pytest; ended = pytest.main(['-q', 'tests/unit/cards/test_dates.py']);"
        "sys.exit(ended or ' '.join({'xdist.dsession', 'cv2', 'onnxruntime', 'numpy'} & {*sys.modules}) or 0)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def is_numeric(value: ast.expr | None) -> bool:
    """Return whether an expression is a number, arithmetic of numbers or a tuple of them."""
    match value:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(operand=operand):
            return is_numeric(operand)
        case ast.BinOp(left=left, right=right):
            return is_numeric(left) and is_numeric(right)
        case ast.Tuple(elts=elements):
            return bool(elements) and all(is_numeric(element) for element in elements)
        case _:
            return False


def undocumented_numbers(source: str) -> list[str]:
    """Return the module-level numeric constants with neither a docstring below nor a comment on or above the line."""
    lines, body = source.splitlines(), ast.parse(source).body
    found = []
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not is_numeric(statement.value):
            continue
        match following:
            case ast.Expr(value=ast.Constant(value=str())):
                continue
        above = lines[statement.lineno - 2].lstrip() if statement.lineno > 1 else ""
        if not above.startswith("#") and "#" not in lines[(statement.end_lineno or statement.lineno) - 1]:
            found.append(lines[statement.lineno - 1])
    return found


@pytest.mark.parametrize("module", modules())
def test_numeric_constants_are_documented(module: str) -> None:
    assert undocumented_numbers((PACKAGE / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "is_documented"),
    [
        ("_SIDE = 8\n", False),
        ("_SIDE: int = 2**3\n", False),
        ("_SIDES = (8, -1)\n_NAME = ''\n", False),
        ('_SIDE = 8\n"""Pixels."""\n', True),
        ("_SIDE = 8  # pixels\n", True),
        ("# Pixels.\n_SIDE = 8\n", True),
        ("_IS_SQUARE = True\n", True),
    ],
)
def test_documentation_of_a_number_is_a_docstring_or_a_comment(source: str, is_documented: bool) -> None:
    assert (undocumented_numbers(source) == []) is is_documented

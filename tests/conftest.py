"""Set up every test run: worker processes, tests of engines that are not installed, and a state folder of its own."""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.engines.registry import Role
    from tests.fakes.engines import FakeEngines

_NETS = ("net", "eight_bit", "convolutions", "finder_net", "locator_net")
_WITH_TORCH = (*_NETS, "train", "export", "muon", "learner", "train_finder", "train_locator", "unfold")
collect_ignore_glob = [] if find_spec("torch") else [f"training/{name}.py" for name in _WITH_TORCH]
"""Modules that import torch are collected only where the extra `train` is installed."""


def pytest_configure() -> None:
    """Restore the default handlers of SIGINT and SIGHUP, which child processes inherit.

    A shell makes background jobs ignore SIGINT, and nohup makes a command ignore SIGHUP.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run named test files in this process; leave the number of workers for folders and for the whole suite to xdist.

    Each worker needs seconds to start, more than most test files take. `pytest -n 2 FILE` still starts workers.
    """
    is_named = config.args_source is pytest.Config.ArgsSource.ARGS
    return 0 if is_named and all(Path(argument.partition("::")[0]).is_file() for argument in config.args) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose system package is not installed."""
    for name in ("tesseract", "zbar"):
        marked = [item for item in items if name in item.keywords]
        if marked and not _is_available(name):
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=f"{name} is not installed"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Unregister the plugin of Hypothesis where no collected test uses it: its summary would import the library."""
    plugins = session.config.pluginmanager
    if (
        "hypothesis" not in sys.modules
        and not plugins.has_plugin("dsession")
        and plugins.has_plugin("hypothesispytest")
    ):
        plugins.unregister(name="hypothesispytest")


def _is_available(name: str) -> bool:
    """Return whether an engine can be used; loads all engines, so call it only for a test that needs one."""
    from idscan.engines.registry import is_available

    return is_available(name)


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the state of test runs, those of child processes too, out of the state folder of the user."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def fake_engines(monkeypatch: pytest.MonkeyPatch) -> FakeEngines:
    """Return a function that gives a role to fake engines, or to none: `fake_engines(READS_LINES, Reader())`."""
    from idscan.engines import registry

    real, fakes = registry.engines_for, {}

    def engines_for(role: Role[object]) -> tuple[object, ...]:
        return fakes[role] if role in fakes else real(role)

    def give(role: Role[object], *engines: object | None) -> None:
        fakes[role] = tuple(engine for engine in engines if engine is not None)

    monkeypatch.setattr(registry, "engines_for", engines_for)
    return give


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore after the test the variables by which a command limits libraries to one thread."""
    from idscan.run.jobs import ONE_THREAD_VARIABLES

    for variable in ONE_THREAD_VARIABLES:
        monkeypatch.setenv(variable, "1")


@pytest.fixture
def fake_scan(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> None:
    """Let commands in this process scan as `tests.fakes.scans` does."""
    from idscan.run import scan
    from tests.fakes import scans

    monkeypatch.setattr(scan, "default_steps", scans.steps)

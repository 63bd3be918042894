"""Fixtures for all tests: which engines this machine has, and fonts with every Vietnamese letter."""

from __future__ import annotations

import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from idscan.engines.registry import is_available

if TYPE_CHECKING:
    from collections.abc import Iterator

_NETS = ("net", "eight_bit", "convolutions", "finder_net", "locator_net")
_WITH_TORCH = (*_NETS, "train", "export", "muon", "learner", "train_finder", "train_locator", "unfold")
collect_ignore_glob = [] if find_spec("torch") else [f"training/{name}.py" for name in _WITH_TORCH]
"""What needs the extra `train` is not even looked at without it."""


def pytest_configure() -> None:
    """Let Ctrl-C and the end of a terminal reach the commands that tests start.

    A shell makes what it runs in the background ignore the one, and nohup the other.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose system package is not installed."""
    for name in ("tesseract", "zbar"):
        if is_available(name):
            continue
        for item in items:
            if name in item.keywords:
                item.add_marker(pytest.mark.skip(reason=f"{name} is not installed"))


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what runs remember, those of started processes too, away from the state folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield

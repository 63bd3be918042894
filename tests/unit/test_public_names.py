from __future__ import annotations

import subprocess
import sys

import pytest

import idscan


@pytest.mark.parametrize("name", idscan.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(idscan, name) is not None
    assert name in dir(idscan)


def test_public_names_are_sorted() -> None:
    assert list(idscan.__all__) == sorted(idscan.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="shoe_size"):
        _ = idscan.shoe_size


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, idscan; sys.exit(' '.join(m for m in sys.modules if m.startswith('idscan.')) or 0)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import pytesseract
import pytest

from idscan.core.errors import EngineMissingError, ExitCode, UsageError
from idscan.core.geometry import quad_from_box
from idscan.core.types import EngineInfo, Secret, SymbolReading
from idscan.engines import registry, tesseract
from idscan.pipeline import qr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MODULES = {name: import_module(f"idscan.engines.{engine.version.module}") for name, engine in registry.ENGINES.items()}


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Let every test, and the next one, look at the engines anew."""
    of_tesseract = (tesseract.languages, tesseract.version)
    forget_engines(*of_tesseract)
    yield
    forget_engines(*of_tesseract)


def forget_engines(*others: Any) -> None:
    for cached in (registry.engine_states, registry.names_for, registry.engines_for, *others):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _all_installed(_forget: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that every engine is there."""
    for name, engine in registry.ENGINES.items():
        monkeypatch.setitem(registry.ENGINES, name, replace(engine, version=lambda: "1.2.3"))
    monkeypatch.setattr(pytesseract, "get_languages", lambda: ["eng", "vie"])


def _break(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def version() -> Never:
        raise error

    monkeypatch.setitem(registry.ENGINES, name, replace(registry.ENGINES[name], version=version))


def state_of(name: str) -> registry.EngineState:
    return next(state for state in registry.engine_states() if state.engine.name == name)


def test_engines_stand_in_the_order_of_the_registry() -> None:
    assert [state.engine.name for state in registry.engine_states()] == list(registry.ENGINES)


def test_what_is_installed_is_available_with_its_version() -> None:
    assert registry.available_engines() == tuple(EngineInfo(name, "1.2.3") for name in tuple(registry.ENGINES))
    assert all(registry.is_available(name) for name in tuple(registry.ENGINES))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=getattr(pytest.mark, name)) if name in {"tesseract", "zbar"} else name
        for name in registry.ENGINES
    ],
)
def test_the_version_of_an_engine_is_that_of_its_module(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.undo()
    assert state_of(name).version == MODULES[name].version() != ""


def test_every_engine_has_a_version_of_its_own_module() -> None:
    assert len(set(MODULES.values())) == len(MODULES)


@pytest.mark.parametrize("name", tuple(registry.ENGINES))
@pytest.mark.parametrize(
    "error", [ImportError("no module"), OSError("no library"), EngineMissingError("engine", "install it")], ids=repr
)
def test_an_engine_that_does_not_load_is_missing_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    _break(monkeypatch, name, error)
    assert not registry.is_available(name)
    state = state_of(name)
    assert (state.is_available, state.version) == (False, "")
    assert [engine.name for engine in registry.available_engines()] == [other for other in MODULES if other != name]


@pytest.mark.parametrize("name", tuple(registry.ENGINES))
def test_a_missing_engine_that_is_required_ends_the_run_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _break(monkeypatch, name, ImportError("no module"))
    with pytest.raises(EngineMissingError, match=r"(pip|apt) install") as caught:
        registry.require([name])
    assert caught.value.engine == name
    assert caught.value.exit_code is ExitCode.ENGINE_MISSING


def test_the_first_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("zbar", "tesseract"):
        _break(monkeypatch, name, OSError("no library"))
    with pytest.raises(EngineMissingError, match=r"^tesseract is not available"):
        registry.require(["zxing-cpp", "tesseract", "zbar"])


def test_required_engines_that_are_there_let_the_run_start() -> None:
    registry.require(tuple(registry.ENGINES))
    registry.require(())


def test_an_unknown_engine_is_a_wrong_argument_and_the_known_ones_are_told() -> None:
    with pytest.raises(UsageError, match=rf"unknown engine made-up.*{', '.join(registry.ENGINES)}"):
        registry.require(["made-up"])
    assert not registry.is_available("made-up")


def test_engines_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.is_available("zbar")
    _break(monkeypatch, "zbar", ImportError("gone"))
    assert registry.is_available("zbar")
    forget_engines()
    assert not registry.is_available("zbar")


def test_only_what_pip_brings_is_embedded() -> None:
    embedded = {state.engine.name for state in registry.engine_states() if state.engine.is_embedded}
    assert embedded == {"zxing-cpp", "rapidocr", "viet-lines"}


@pytest.mark.parametrize("engine", registry.ENGINES.values(), ids=lambda engine: engine.name)
def test_a_row_offers_what_its_roles_ask_for(engine: registry.Engine) -> None:
    assert engine.roles
    for role, duty in engine.roles.items():
        adapter = duty.factory()
        assert isinstance(adapter, role.protocol)
        assert getattr(adapter, "name") in {engine.name, "line-finder", "card-locator"}  # noqa: B009  mypy sees object


ROLES = {role for role in vars(registry).values() if isinstance(role, registry.Role)}


@pytest.mark.parametrize("role", sorted(ROLES, key=lambda role: role.name), ids=lambda role: role.name)
def test_every_role_is_played_and_no_two_engines_have_one_rank(role: registry.Role[object]) -> None:
    ranks = [engine.roles[role].rank for engine in registry.ENGINES.values() if role in engine.roles]
    assert ranks
    assert len(set(ranks)) == len(ranks)


def test_an_adapter_is_made_once_for_all_roles() -> None:
    (second, *_) = registry.engines_for(registry.CHECKS_LINES)
    assert registry.first_for(registry.DETECTS_TEXT) is second
    assert registry.first_for(registry.CHECKS_LINES) is second


def test_the_next_engine_takes_the_place_of_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.names_for(registry.READS_CODES) == ("zxing-cpp", "zbar")
    _break(monkeypatch, "zxing-cpp", ImportError("no module"))
    assert [reader.name for reader in registry.engines_for(registry.READS_CODES)] == ["zbar"]
    assert registry.names_for(registry.READS_CODES) == ("zxing-cpp", "zbar")


class MadeUpReader:
    name = "made-up"

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
        return (SymbolReading("qr", Secret(f"{grey.shape} {symbologies}"), quad_from_box(0, 0, 9, 9), self.name),)


def test_a_new_engine_is_one_row_and_reads_codes_in_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = {registry.READS_CODES: registry.Duty(0, MadeUpReader)}
    row = registry.Engine(name="made-up", version=lambda: "1", roles=roles, absence="codes", remedy="pip install it")
    monkeypatch.setitem(registry.ENGINES, row.name, row)
    registry.require(["made-up"])
    assert EngineInfo("made-up", "1") in registry.available_engines()
    found = qr.read_frame(np.zeros((40, 50), np.uint8))
    assert [symbol.engine for symbol in found] == ["made-up"]


def test_the_languages_of_tesseract_are_told_and_of_no_other_engine() -> None:
    details = {state.engine.name: state.details for state in registry.engine_states()}
    assert details.pop("tesseract") == ("eng", "vie")
    assert set(details.values()) == {()}


@pytest.mark.parametrize("error", [ImportError("no module"), OSError("no command")], ids=repr)
def test_without_tesseract_there_are_no_languages(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def get_languages() -> Never:
        raise error

    _break(monkeypatch, "tesseract", error)
    monkeypatch.setattr(pytesseract, "get_languages", get_languages)
    assert state_of("tesseract").details == ()


def test_tesseract_without_vietnamese_is_missing_and_its_languages_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(pytesseract, "get_languages", lambda: ["eng", "osd"])
    state = state_of("tesseract")
    assert not state.is_available
    assert state.details == ("eng", "osd")


def test_a_command_that_is_not_on_the_path_is_an_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_languages() -> Never:
        raise pytesseract.TesseractNotFoundError

    monkeypatch.undo()
    monkeypatch.setattr(pytesseract, "get_languages", get_languages)
    with pytest.raises(OSError, match="not installed"):
        tesseract.languages()
    assert not registry.is_available("tesseract")

"""Results of pure functions are remembered for one image, and for no longer."""

from __future__ import annotations

import pytest

from idscan.core.memo import image_memory, remembered


@pytest.fixture
def calls() -> list[str]:
    return []


def test_a_call_is_computed_once_per_image(calls: list[str]) -> None:
    @remembered
    def length(text: str) -> int:
        calls.append(text)
        return len(text)

    with image_memory():
        assert [length("a"), length("a"), length("bc")] == [1, 1, 2]
        with image_memory():
            assert length("a") == 1
    assert calls == ["a", "bc"]
    with image_memory():
        length("a")
    assert calls == ["a", "bc", "a"]


def test_nothing_is_remembered_outside_an_image(calls: list[str]) -> None:
    @remembered
    def length(text: str, *, scale: int = 1) -> int:
        calls.append(text)
        return scale * len(text)

    assert [length("a"), length("a", scale=2)] == [1, 2]
    assert calls == ["a", "a"]


def test_functions_and_arguments_are_told_apart() -> None:
    @remembered
    def one(text: str, *, scale: int = 1) -> str:
        return f"one {text} {scale}"

    @remembered
    def other(text: str) -> str:
        return f"other {text}"

    with image_memory():
        assert [one("a"), one("a", scale=2), other("a")] == ["one a 1", "one a 2", "other a"]


def test_what_an_image_left_is_forgotten_when_it_fails() -> None:
    @remembered
    def identity(text: str) -> list[str]:
        return [text]

    def fail() -> None:
        with image_memory():
            first.append(identity("a"))
            message = "broken"
            raise ValueError(message)

    first: list[list[str]] = []
    with pytest.raises(ValueError, match="broken"):
        fail()
    assert identity("a") is not first[0]

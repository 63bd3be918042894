from __future__ import annotations

from pathlib import Path

from tests.benchmarks.mixed import RAPIDOCR, measured, mixed, readers


def test_every_tenth_picture_shows_a_card_and_cards_are_taken_in_turn() -> None:
    shown = mixed([Path("one"), Path("two")], [Path(f"{i}.png") for i in range(27)])
    assert [(i, path.name) for i, path in enumerate(shown) if not path.suffix] == [(9, "one"), (19, "two"), (29, "one")]


def test_a_reader_can_be_left_out() -> None:
    assert RAPIDOCR in readers([])
    assert RAPIDOCR not in readers(["rapidocr"])


def test_a_picture_that_one_reader_cannot_open_counts_for_none() -> None:
    def fails(path: Path) -> None:
        if path.name == "odd":
            raise OSError

    spent, count = measured({"good": lambda _path: None, "bad": fails}, [Path("odd"), Path("even")])
    assert count == 1
    assert set(spent) == {"good", "bad"}

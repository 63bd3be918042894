from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core.enums import Field
from idscan.core.geometry import quad_from_box, shifted
from idscan.pipeline.fusion import join_readings
from idscan.pipeline.page import PageReading
from tests import factories

if TYPE_CHECKING:
    from idscan.core.types import Fact

PLACE = quad_from_box(0, 0, 200, 20)


def fact(field: Field, value: str, record: int | None, down: float = 0.0) -> Fact:
    return factories.fact(field, value, shifted(PLACE, 0, down), record=record)


def records(first: list[Fact], second: list[Fact]) -> list[tuple[str, int | None]]:
    reading = join_readings(PageReading((), tuple(first), ()), PageReading((), tuple(second), ()))
    return [(one.value.reveal(), one.record) for one in reading.facts if one.value]


def test_people_seen_twice_keep_their_records() -> None:
    first = [fact(Field.NUMBER, "a", 0), fact(Field.NUMBER, "b", 1, down=50)]
    second = [
        fact(Field.NUMBER, "b", 0, down=51),
        fact(Field.NAME, "B", 0, down=80),
        fact(Field.NUMBER, "c", 1, down=200),
    ]
    assert records(first, second) == [("a", 0), ("b", 1), ("B", 1), ("c", 3)]


def test_facts_without_a_record_stay_without() -> None:
    assert records([fact(Field.NUMBER, "a", None)], [fact(Field.NAME, "A", None)]) == [("a", None), ("A", None)]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Fact, Secret
from idscan.pipeline.fusion import fuse, fuse_each
from tests import factories

if TYPE_CHECKING:
    from idscan.core.types import Finding

NUMBER = "001099000001"


def fact(field: Field, value: str | None, by: Source = Source.PRINT, confidence: float = 0.9, **more: object) -> Fact:
    y = {Source.QR: 0, Source.MRZ: 200, Source.PRINT: 400, Source.BARCODE: 600}[by]
    engine = str(more.pop("engine", "zxing-cpp" if by is Source.QR else "rapidocr"))
    quad = quad_from_box(0, y, 100, y + 20)
    return factories.fact(field, value, quad, by=by, confidence=confidence, engine=engine, **more)


def one(*facts: Fact) -> Finding:
    (finding,) = fuse(facts)
    return finding


def test_the_same_number_from_three_sources_is_one_finding() -> None:
    finding = one(
        fact(Field.NUMBER, NUMBER, Source.PRINT),
        fact(Field.NUMBER, NUMBER, Source.QR, 0.99, is_checked=True),
        fact(Field.NUMBER, NUMBER, Source.MRZ, 0.98, is_checked=True),
    )
    assert finding.value == Secret(NUMBER)
    assert finding.seen_by == (Source.QR, Source.MRZ, Source.PRINT)
    assert finding.verified
    assert [place.by for place in finding.places] == [Source.PRINT, Source.QR, Source.MRZ]
    assert finding.quad == finding.places[0].quad


def test_a_single_reading_of_print_is_not_verified() -> None:
    assert not one(fact(Field.NUMBER, NUMBER)).verified


def test_two_engines_that_agree_on_print_verify_it() -> None:
    finding = one(fact(Field.NUMBER, NUMBER), fact(Field.NUMBER, NUMBER, engine="tesseract"))
    assert finding.verified
    assert finding.confidence > 0.95


def test_the_same_engine_twice_on_print_verifies_nothing() -> None:
    assert not one(fact(Field.NUMBER, NUMBER), fact(Field.NUMBER, NUMBER, confidence=0.7)).verified


def test_disagreement_is_reported_and_the_checked_value_wins() -> None:
    finding = one(
        fact(Field.NUMBER, "001099000007", confidence=0.99),
        fact(Field.NUMBER, NUMBER, Source.QR, 0.9, is_checked=True),
    )
    assert finding.value == Secret(NUMBER)
    assert [(conflict.by, conflict.value) for conflict in finding.conflicts] == [(Source.PRINT, Secret("001099000007"))]
    assert finding.seen_by == (Source.QR,)


def test_a_reading_that_lost_is_reported_once_and_keeps_its_place() -> None:
    losers = [fact(Field.NUMBER, "001099000007", confidence=confidence) for confidence in (0.3, 0.2)]
    finding = one(fact(Field.NUMBER, NUMBER, Source.QR, is_checked=True), *losers)
    assert len(finding.conflicts) == 1
    assert [place.by for place in finding.places] == [Source.QR, Source.PRINT]


def test_outside_a_card_every_value_is_a_finding_of_its_own() -> None:
    facts = [fact(Field.NUMBER, NUMBER), fact(Field.NUMBER, "079224000003"), fact(Field.NUMBER, NUMBER)]
    found = fuse_each(facts)
    assert {finding.value for finding in found} == {Secret(NUMBER), Secret("079224000003")}
    assert all(finding.conflicts == () for finding in found)
    assert fuse_each([fact(Field.QR, None, Source.QR)])[0].value is None


@pytest.mark.parametrize("first", [True, False])
def test_a_name_is_spelled_as_the_code_spells_it(first: bool) -> None:
    facts = [fact(Field.NAME, "NGUYEN VAN MAU", Source.MRZ), fact(Field.NAME, "Nguyễn Văn Mẫu", Source.QR)]
    assert one(*(facts if first else facts[::-1])).value == Secret("Nguyễn Văn Mẫu")


def test_a_reader_with_tone_marks_spells_a_printed_name() -> None:
    finding = one(
        fact(Field.NAME, "NGUYEN VAN MAU", confidence=0.99),
        fact(Field.NAME, "NGUYỄN VĂN MẪU", confidence=0.8, engine="tesseract"),
    )
    assert finding.value == Secret("NGUYỄN VĂN MẪU")
    # Who lacks the marks says nothing of them.
    assert not finding.verified


def test_two_readers_that_spell_a_name_alike_verify_it() -> None:
    facts = [fact(Field.NAME, "NGUYỄN VĂN MẪU", engine=engine) for engine in ("viet-lines", "tesseract")]
    assert one(*facts).verified


@pytest.mark.parametrize("first", [True, False])
def test_the_better_of_two_spellers_spells_a_printed_name(first: bool) -> None:
    facts = [
        fact(Field.NAME, "NGUYỄN VĂN MẬU", confidence=0.99, engine="tesseract"),
        fact(Field.NAME, "NGUYỄN VĂN MẪU", confidence=0.8, engine="viet-lines"),
        fact(Field.NAME, "NGUYEN VAN MAU", confidence=0.99, engine="rapidocr"),
    ]
    finding = one(*(facts if first else facts[::-1]))
    assert finding.value == Secret("NGUYỄN VĂN MẪU")


def test_an_address_with_lost_letters_does_not_contradict_the_code() -> None:
    finding = one(
        fact(Field.PLACE_OF_RESIDENCE, "Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội", Source.QR, is_checked=True),
        fact(Field.PLACE_OF_RESIDENCE, "S 1 Đưng Mu, Phưng Th Nghim, Hà Ni", Source.PRINT),
    )
    assert finding.conflicts == ()
    assert finding.value == Secret("Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội")


def test_a_symbol_that_was_only_seen_is_a_finding_without_value() -> None:
    finding = one(fact(Field.QR, None, Source.QR, 0.6, px_per_module=1.2))
    assert finding.value is None
    assert finding.px_per_module == 1.2
    assert not finding.verified


def test_a_decoded_symbol_replaces_one_that_was_only_seen() -> None:
    finding = one(fact(Field.QR, None, Source.QR, 0.6), fact(Field.QR, "payload", Source.QR, 0.99, is_checked=True))
    assert finding.value == Secret("payload")


def test_the_year_in_the_number_raises_or_lowers_a_birth_date_and_never_decides() -> None:
    def confidence_of(date: str) -> float:
        facts = [fact(Field.NUMBER, NUMBER, Source.QR, is_checked=True), fact(Field.DATE_OF_BIRTH, date)]
        return {finding.field: finding for finding in fuse(facts)}[Field.DATE_OF_BIRTH].confidence

    assert confidence_of("1999-01-15") > 0.9 > confidence_of("1998-01-15") > 0


@pytest.mark.parametrize(
    ("number", "date", "sex", "expected"),
    [
        ((NUMBER, 0.95), ("1989-01-15", 0.8), "Nam", (NUMBER, "1999-01-15")),
        (("001089000001", 0.7), ("1999-01-15", 0.9), "Nam", (NUMBER, "1999-01-15")),
        (("001699000001", 0.7), ("1999-01-15", 0.9), "Nam", (NUMBER, "1999-01-15")),
        (("001099000001", 0.7), ("1999-01-15", 0.9), "Nữ", (NUMBER, "1999-01-15")),
        ((NUMBER, 0.95), ("1975-01-15", 0.8), "Nam", (NUMBER, "1975-01-15")),
        ((NUMBER, 0.7), ("1975-01-15", 0.9), "Nam", (NUMBER, "1975-01-15")),
        (("012345678", 0.9), ("1975-01-15", 0.7), "Nam", ("012345678", "1975-01-15")),
    ],
)
def test_one_misread_digit_of_year_is_mended_by_the_surer_of_number_and_date(
    number: tuple[str, float], date: tuple[str, float], sex: str, expected: tuple[str, str]
) -> None:
    facts = [
        fact(Field.NUMBER, number[0], confidence=number[1]),
        fact(Field.DATE_OF_BIRTH, date[0], confidence=date[1]),
        fact(Field.SEX, sex),
    ]
    found = {finding.field: finding for finding in fuse(facts)}
    read = (number, date)
    for field, (value, confidence), wanted in zip((Field.NUMBER, Field.DATE_OF_BIRTH), read, expected, strict=True):
        finding = found[field]
        assert finding.value == Secret(wanted)
        assert [conflict.value for conflict in finding.conflicts] == ([] if wanted == value else [Secret(value)])
        if wanted != value:
            assert finding.confidence == pytest.approx(0.6 * confidence)
            assert not finding.verified


def test_what_was_mended_is_never_verified() -> None:
    facts = [
        fact(Field.NUMBER, NUMBER, Source.QR, 0.99, is_checked=True),
        *(fact(Field.DATE_OF_BIRTH, "1989-01-15", engine=engine) for engine in ("rapidocr", "viet-lines")),
    ]
    found = {finding.field: finding for finding in fuse(facts)}[Field.DATE_OF_BIRTH]
    assert not found.verified
    assert Secret("1989-01-15") in {found.value, *(conflict.value for conflict in found.conflicts)}


def test_a_repaired_zone_is_verified_by_print_and_not_by_another_reading_of_the_zone() -> None:
    repaired = [fact(Field.NUMBER, NUMBER, Source.MRZ, 0.85, engine=engine) for engine in ("rapidocr", "viet-lines")]
    assert not one(*repaired).verified
    assert one(*repaired, fact(Field.NUMBER, NUMBER)).verified


@pytest.mark.parametrize(("weakest", "is_verified"), [((0.95, 0.9), True), ((0.95, 0.6), False), ((None, 0.9), True)])
def test_readers_of_one_print_verify_only_what_neither_doubts(
    weakest: tuple[float | None, float], *, is_verified: bool
) -> None:
    first = fact(Field.NUMBER, NUMBER, engine="viet-lines", weakest=weakest[0])
    assert one(first, fact(Field.NUMBER, NUMBER, weakest=weakest[1])).verified is is_verified


def test_readings_that_disagree_without_a_winner_are_unsure_and_unverified() -> None:
    readings = [("001099000001", "viet-lines", 0.97), ("001099000007", "rapidocr", 0.96)]
    finding = one(*(fact(Field.NUMBER, value, engine=engine, confidence=sure) for value, engine, sure in readings))
    assert finding.value == Secret("001099000001")
    assert [conflict.value for conflict in finding.conflicts] == [Secret("001099000007")]
    assert finding.confidence < 0.6
    assert not finding.verified


def test_two_that_agree_lead_over_one_that_is_in_doubt() -> None:
    agreeing = [fact(Field.NUMBER, NUMBER, engine=engine) for engine in ("viet-lines", "tesseract")]
    assert one(*agreeing, fact(Field.NUMBER, "001099000007", confidence=0.5)).verified
    assert not one(*agreeing, fact(Field.NUMBER, "001099000007", confidence=0.97)).verified


def test_two_codes_that_contradict_each_other_verify_nothing() -> None:
    finding = one(
        fact(Field.NUMBER, NUMBER, Source.QR, 0.99, is_checked=True),
        fact(Field.NUMBER, "001099000007", Source.MRZ, 0.98, is_checked=True),
    )
    assert finding.value == Secret(NUMBER)
    assert not finding.verified
    assert finding.confidence < 0.9


@pytest.mark.parametrize("field", [Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE])
def test_a_date_to_come_is_no_birth_and_no_issue_but_its_place_is_kept(field: Field) -> None:
    impossible = fact(field, "2093-07-03", is_checked=True)
    for finding in (one(impossible), *fuse_each([impossible])):
        assert finding.value is None
        assert finding.quad == impossible.quad
        assert not finding.verified
    finding = one(impossible, fact(field, "2003-07-03", Source.MRZ))
    assert finding.value == Secret("2003-07-03")
    assert impossible.quad in {place.quad for place in finding.places}


def test_a_card_is_not_given_out_before_its_holder_is_born() -> None:
    facts = [
        fact(Field.DATE_OF_BIRTH, "1999-01-15", Source.MRZ, 0.98, is_checked=True),
        *(fact(Field.DATE_OF_ISSUE, "1992-06-20", engine=engine) for engine in ("viet-lines", "rapidocr")),
        fact(Field.DATE_OF_EXPIRY, "2039-01-15", Source.MRZ, 0.98, is_checked=True),
    ]
    found = {finding.field: finding for finding in fuse(facts)}
    assert [found[field].verified for field in (Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY)] == [
        True,
        False,
        True,
    ]
    assert found[Field.DATE_OF_ISSUE].confidence < 0.7


def test_a_printed_date_that_contradicts_the_number_is_not_verified_by_two_readers() -> None:
    facts = [
        fact(Field.NUMBER, NUMBER, Source.QR, 0.99, is_checked=True),
        *(fact(Field.DATE_OF_BIRTH, "1975-01-15", engine=engine) for engine in ("viet-lines", "rapidocr")),
    ]
    assert not {finding.field: finding for finding in fuse(facts)}[Field.DATE_OF_BIRTH].verified


def test_a_name_from_a_zone_alone_lacks_its_diacritics() -> None:
    zone = fact(Field.NAME, "NGUYEN VAN MAU", Source.MRZ)
    assert one(zone).without_diacritics
    assert not one(zone, fact(Field.NAME, "NGUYỄN VĂN MẪU", engine="viet-lines")).without_diacritics
    assert not one(fact(Field.NAME, "LE VAN AN", engine="viet-lines")).without_diacritics


def test_a_name_cut_off_in_the_zone_is_told_in_full_by_the_print_or_marked() -> None:
    cut = fact(Field.NAME, "TON NU THI VI DU MA", Source.MRZ, is_cut=True)
    alone = one(cut)
    assert alone.is_truncated
    finding = one(cut, fact(Field.NAME, "TÔN NỮ THỊ VÍ DỤ MẪU", engine="viet-lines"))
    assert finding.value == Secret("TÔN NỮ THỊ VÍ DỤ MẪU")
    assert not finding.is_truncated
    assert finding.conflicts == ()


def test_what_codes_and_check_digits_say_is_never_mended() -> None:
    facts = [
        fact(Field.NUMBER, NUMBER, Source.QR, 0.99, is_checked=True),
        fact(Field.DATE_OF_BIRTH, "1989-01-15", Source.MRZ, 0.99, is_checked=True),
    ]
    assert {finding.value for finding in fuse(facts)} == {Secret(NUMBER), Secret("1989-01-15")}
    facts[1] = fact(Field.DATE_OF_BIRTH, "1989-01-15", confidence=0.99)
    assert {finding.value for finding in fuse(facts)} == {Secret(NUMBER), Secret("1999-01-15")}


def test_findings_come_in_the_order_of_the_vocabulary() -> None:
    fields = [Field.QR, Field.SEX, Field.NAME, Field.NUMBER]
    assert [finding.field for finding in fuse(fact(field, "x") for field in fields)] == [
        Field.NUMBER,
        Field.NAME,
        Field.SEX,
        Field.QR,
    ]


def test_no_facts_give_no_findings() -> None:
    assert fuse([]) == ()


def test_outside_cards_facts_of_one_record_stay_together() -> None:
    rows = [
        fact(Field.NAME, "Trần Thị Ví Dụ", record=1),
        fact(Field.NUMBER, NUMBER, record=0),
        fact(Field.NAME, "Nguyễn Văn Mẫu", record=0),
        fact(Field.NAME, "Lê Thị Thử"),
    ]
    found = [(finding.record, finding.field) for finding in fuse_each(rows)]
    assert found == [(0, Field.NUMBER), (0, Field.NAME), (1, Field.NAME), (None, Field.NAME)]


def test_two_readings_of_one_place_are_one_finding_with_a_conflict() -> None:
    readings = [fact(Field.NUMBER, NUMBER, record=0), fact(Field.NUMBER, "001089000001", confidence=0.5, record=0)]
    (finding,) = fuse_each(readings)
    assert finding.value == Secret(NUMBER)
    assert [conflict.value for conflict in finding.conflicts] == [Secret("001089000001")]

from __future__ import annotations

import re
from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest

from idscan.cards.mrz import find_mrz
from idscan.cards.mrz.zone import Mrz, MrzMatch, check_digit, parse_td3
from idscan.cards.text import DIGIT_NEIGHBOURS
from tests.synth.mrz import ZoneFacts, td1
from tests.unit.cards import specimens
from tests.unit.cards.specimens import exact_td1, is_consistent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
VALUES = {character: value for value, character in enumerate(ALPHABET[:36])} | {"<": 0}


def _found(lines: Sequence[str]) -> MrzMatch:
    match = find_mrz(lines)
    assert match is not None
    return match


def _facts(mrz: Mrz) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    birth = mrz.date_of_birth.iso if mrz.date_of_birth else None
    expiry = mrz.date_of_expiry.iso if mrz.date_of_expiry else None
    return mrz.number, birth, mrz.sex, expiry, mrz.name


EXPECTED = [
    ("001099000001", "1999-01-15", "Nam", "2039-01-15", "NGUYEN VAN MAU"),
    ("001305000002", "2005-02-20", "Nữ", "2030-02-20", "TRAN THI VI DU"),
    ("079224000003", "2024-03-01", "Nam", "2038-03-01", "DO DUC THU"),
    ("001155000004", "1955-03-10", "Nữ", None, "LE THI THU NGHIEM"),
]


@pytest.mark.parametrize(
    ("text", "digit"), [("099000001", 7), ("001099000001<<", 8), ("990115", 5), ("390115", 3), ("", 0)]
)
def test_check_digits_are_those_of_icao(text: str, digit: int) -> None:
    assert check_digit(text) == digit


@pytest.mark.parametrize(("lines", "facts"), list(zip(specimens.CARDS, EXPECTED, strict=True)))
def test_cards_are_read_and_right(lines: tuple[str, ...], facts: tuple[str, ...]) -> None:
    for mrz in (exact_td1(lines), _found(lines).mrz):
        assert mrz is not None
        assert _facts(mrz) == facts
        assert mrz.is_valid
        assert is_consistent(mrz)
        assert (mrz.format, mrz.is_vietnamese, mrz.valid_checks) == ("td1", True, 6)
        assert mrz.document_number == facts[0][3:]


def test_passports_hold_the_number_in_their_optional_data() -> None:
    for mrz in (parse_td3(specimens.PASSPORT), _found(specimens.PASSPORT).mrz):
        assert mrz is not None
        assert _facts(mrz) == ("001099000001", "1999-01-15", "Nam", "2033-01-10", "NGUYEN VAN MAU")
        assert (mrz.format, mrz.is_valid, mrz.document_number) == ("td3", True, "X0000001")
    old = _found(specimens.PASSPORT_WITH_OLD_NUMBER).mrz
    assert (old.number, old.old_number, old.is_valid) == (None, "000000001", True)


def test_foreign_passport_is_told_apart_and_gives_no_citizen_number() -> None:
    lines = [line.replace("VNM", "UTO") for line in specimens.PASSPORT]
    mrz = parse_td3(lines)
    assert mrz is not None
    assert not mrz.is_vietnamese
    assert mrz.number is None
    assert find_mrz(lines) is None


@pytest.mark.parametrize("lines", specimens.CARDS)
def test_every_changed_character_of_the_checked_lines_is_noticed(lines: tuple[str, ...]) -> None:
    for row in (0, 1):
        for place, original in enumerate(lines[row]):
            for other in ALPHABET.replace(original, ""):
                changed = list(lines)
                changed[row] = lines[row][:place] + other + lines[row][place + 1 :]
                mrz = exact_td1(changed)
                # No check digit covers the sex; what gives it away is the number, or that there is none.
                is_noticed = mrz is None or not mrz.is_valid or not is_consistent(mrz) or mrz.sex is None
                assert is_noticed, (row, place, other)


@pytest.mark.parametrize("lines", specimens.PASSPORTS)
def test_every_changed_digit_of_a_passport_is_noticed(lines: tuple[str, ...]) -> None:
    second = lines[1]
    for place, original in enumerate(second):
        if place == 20:
            continue  # the sex, which no check digit covers
        for other in ALPHABET:
            if VALUES[other] % 10 == VALUES[original] % 10 or not (original.isdigit() or original == "<"):
                continue
            mrz = parse_td3([lines[0], second[:place] + other + second[place + 1 :]])
            assert mrz is None or not mrz.is_valid, (place, other)


@pytest.mark.parametrize(
    "lines",
    [
        ["IDVNM"],
        ["X" * 30] * 3,
        [specimens.CHIP_OR_CAN_CUOC[0].replace("VNM", "UTO"), *specimens.CHIP_OR_CAN_CUOC[1:]],
        [specimens.CHIP_OR_CAN_CUOC[1]],
    ],
)
def test_other_forms_are_no_card(lines: list[str]) -> None:
    assert exact_td1(lines) is None


@pytest.mark.parametrize(
    "lines", [[], ["P<VNM"], [specimens.PASSPORT[0]], ["x", specimens.PASSPORT[1]], ["a", "b", "c"]]
)
def test_other_forms_are_no_passport(lines: list[str]) -> None:
    assert parse_td3(lines) is None


def test_first_line_alone_gives_the_number() -> None:
    match = _found(["CĂN CƯỚC", specimens.FEMALE[0]])
    assert (match.mrz.number, match.mrz.valid_checks, match.indices) == ("001305000002", 3, (1,))
    assert match.mrz.date_of_birth is None


def test_second_line_alone_gives_birth_and_expiry() -> None:
    match = _found([specimens.WITHOUT_LIMIT[1]])
    assert _facts(match.mrz) == (None, "1955-03-10", "Nữ", None, None)
    assert match.mrz.is_valid


@pytest.mark.parametrize("line", ["QUẢN LÝ HÀN< CHÍNH VỀ TRẬT TỰ XÃ HỘI", "CUC TRUONG CUC CANH SAT <", "a<<b"])
def test_a_misread_line_above_the_zone_is_no_name(line: str) -> None:
    match = _found([line, *specimens.CHILD[:2]])
    assert match.mrz.name is None
    assert _found([line, *specimens.CHILD]).mrz.name == _found(specimens.CHILD).mrz.name


def test_two_lines_without_the_name_are_enough() -> None:
    match = _found(specimens.CHILD[:2])
    assert match.mrz.is_valid
    assert match.mrz.name is None


@pytest.mark.parametrize("expiry", ["<<<<<<0", "<<<<<<<"])
def test_card_without_limit_may_leave_the_expiry_empty(expiry: str) -> None:
    first, second, third = specimens.WITHOUT_LIMIT
    body = f"{second[:8]}{expiry}VNM{'<' * 11}"
    composite = check_digit(first[5:] + body[:7] + body[8:15] + body[18:])
    lines = (first, f"{body}{composite}", third)
    for mrz in (exact_td1(lines), _found(lines).mrz):
        assert mrz is not None
        assert mrz.is_valid
        assert mrz.date_of_expiry is None


def test_year_of_birth_alone_is_read() -> None:
    first, second, third = specimens.WITHOUT_LIMIT
    body = f"55<<<<{check_digit('55<<<<')}{second[7:29]}"
    composite = check_digit(first[5:] + body[:7] + body[8:15] + body[18:])
    match = _found((first, f"{body}{composite}", third))
    assert match.mrz.is_valid
    assert match.mrz.date_of_birth is not None
    assert match.mrz.date_of_birth.iso == "1955"


@pytest.mark.parametrize(
    "lines",
    [
        ["1DVNM O99OOOOO17 001099000001 <<8", "99O1155M39O1153VNM<<<<<<<<<0", "NGUYEN«VAN<MAU<<<<<"],
        ["IDVNM0990000017001099000001KK8", "9901155M3901153VNMKKKKKKKKKKK0", "NGUYEN<<VANKMAU<<<<KKKK"],
        ["IOVNM0990000017001099000001((8", "9901155H3901153VNM<<<<<<<<<<<<<<0", "NGUYEN<<VAN<MAU<<CC<<LL"],
        ["lDVNM099000001700l09900000l<<8", "990ll55M39oll53VNM<<<<<<<<<<<o", "nguyen<<van<mau<<<<"],
        ["IDVNM0990000017", "001099000001<<8", "9901155M3901153VNM<<<<<<", "<<<<<0", "NGUYEN<<VAN<MAU<<<"],
        ["IDVNM09900000170010990000018", "9901155M3901153VNM0", "NGUYEN<VAN<MAU"],
        ["IDVNM0990000017001099000001SS8", "9901155M3901153VNMSSSSSSSSSSS0", "NGUYEN<<VAN<MAU"],
        ["IDVNM0990000017001099000001<<8", "9901155M3901153VNM<<<<<<<<<<<C", "NGUYEN<<VAN<MAU379<<"],
        ["text", *specimens.CHIP_OR_CAN_CUOC, "more text"],
        [*specimens.CHIP_OR_CAN_CUOC[:2], "NGUYEN VAN MAU"],
        [specimens.CHIP_OR_CAN_CUOC[2], specimens.CHIP_OR_CAN_CUOC[1], specimens.CHIP_OR_CAN_CUOC[0]],
    ],
)
def test_what_readers_do_to_a_zone_is_undone(lines: list[str]) -> None:
    match = _found(lines)
    assert _facts(match.mrz) == EXPECTED[0]
    assert match.mrz.is_valid


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("IDVNM0990000317001099000001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM0990000017001099000301<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM0990000017061099000001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM099000001700109900001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM09900000017001099000001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM099000017001099000001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM0990000012001099000001<<8", specimens.CHIP_OR_CAN_CUOC[1]),
        ("IDVNM0990000017001099000001<<0", specimens.CHIP_OR_CAN_CUOC[1]),
        (specimens.CHIP_OR_CAN_CUOC[0], "9901155M3961153VNM<<<<<<<<<<<0"),
        (specimens.CHIP_OR_CAN_CUOC[0], "9907155M3901153VNM<<<<<<<<<<<0"),
        (specimens.CHIP_OR_CAN_CUOC[0], "9901155M3901153VNM<<<<<<<<<<<8"),
    ],
)
def test_single_errors_are_repaired_with_the_help_of_all_checks(first: str, second: str) -> None:
    match = _found([first, second])
    assert match.repairs >= 1
    assert match.mrz.is_valid
    assert _facts(match.mrz)[:4] == EXPECTED[0][:4]


def test_errors_that_cannot_be_repaired_stay_visible() -> None:
    match = _found(["IDVNM0990000017001099000001<<8", "9911155M3922153VNM<<<<<<<<<<<0"])
    assert not match.mrz.is_valid
    assert match.mrz.number == "001099000001"


def test_number_needs_a_check_that_vouches_for_it() -> None:
    mrz = exact_td1(["IDVNM0990000018001099000001<<9"])
    assert mrz is not None
    assert (mrz.number, mrz.valid_checks) == (None, 1)
    vouched = exact_td1(["IDVNM0990000017001099000001<<9"])
    assert vouched is not None
    assert vouched.number == "001099000001"


def test_missing_last_check_digit_leaves_the_doubled_number_to_vouch() -> None:
    match = _found(["IDVNM0990000017001099000001<<", specimens.CHIP_OR_CAN_CUOC[1]])
    assert match.mrz.number == "001099000001"
    assert {name for name, _ in match.mrz.checks} == {
        "document_number",
        "doubled_number",
        "date_of_birth",
        "date_of_expiry",
    }
    assert find_mrz(["IDVNM0990000037001099000001<<"]) is None


def test_missing_composite_is_no_wrong_one() -> None:
    match = _found([specimens.FEMALE[0], "0502205F3002201VNM<<<<<<<<<<<"])
    assert "composite" not in dict(match.mrz.checks)
    assert match.mrz.is_valid


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Họ và tên", "001099000001", "NGUYEN VAN MAU"],
        ["VNM"],
        ["VNM0000000000"],
        ["IDVNM00000000000000000000000000"],
        ["IDUTO0990000017001099000001<<8"],
        ["P<VNMNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<<<<<<<<<<"],
    ],
)
def test_other_lines_hold_no_zone(lines: list[str]) -> None:
    assert find_mrz(lines) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["junk", "P<VNMNGUYEN<<VAN<MAU<<<<<<", "X0000001<4VNM9901155M33O1100001099000001<<80"],
        ["PPVNMNGUYENKKVAN<MAU<<<<<<", "X00000014VNM9901155M3301100001099000001<<80"],
        ["P<VNMNGUYEN<<VAN<MAU<<<<<<", "X0000001<4VNM9907155M3301100001099000001<<80"],
    ],
)
def test_passports_are_found_and_repaired_too(lines: list[str]) -> None:
    match = _found(lines)
    assert _facts(match.mrz) == ("001099000001", "1999-01-15", "Nam", "2033-01-10", "NGUYEN VAN MAU")
    assert match.mrz.is_valid


def test_passport_that_cannot_be_repaired_is_returned_as_read() -> None:
    match = _found(["X0000003<4VNM9801155M3801100001099000801<<80"])
    assert not match.mrz.is_valid
    assert match.mrz.name is None


def test_reading_that_is_one_of_several_possible_ones_is_not_taken_for_right() -> None:
    passport = _found(["X0000001<4VNM9901155M3301100001099000007<<80"])
    assert (passport.repairs, passport.mrz.number) == (0, None)
    card = _found(["IDVNM0990000017001099000001<<3", specimens.CHIP_OR_CAN_CUOC[1]])
    assert (card.repairs, card.mrz.is_valid, card.mrz.number) == (0, False, None)
    assert card.mrz.document_number == "099000001"


def test_a_last_digit_of_another_scheme_changes_nothing_that_was_read_without_doubt() -> None:
    first, second, name = specimens.CHIP_OR_CAN_CUOC
    for digit in "01234567":
        upper = first[:29] + digit
        composite = check_digit(upper[5:] + second[:7] + second[8:15] + second[18:29])
        lines = (upper, f"{second[:29]}{composite}", name)
        match = find_mrz(lines, [(1.0,) * 30] * 3)
        assert match is not None
        assert _facts(match.mrz) == EXPECTED[0]
        assert (match.repairs, match.mrz.lines, match.mrz.is_valid) == (0, lines, True)
        assert match.proven == {"number", "date_of_birth", "date_of_expiry", "sex"}
        assert "optional" not in dict(match.mrz.checks)


def test_a_reading_without_an_error_is_proven_and_what_was_put_right_is_not() -> None:
    first, second, _ = specimens.CHIP_OR_CAN_CUOC
    assert _found([first, second]).proven == {"number", "date_of_birth", "date_of_expiry", "sex"}
    in_number = _found(["IDVNM0990000317001099000001<<8", second])
    assert in_number.mrz.number == "001099000001"
    assert "number" not in in_number.proven
    in_date = _found([first, "9907155M3901153VNM<<<<<<<<<<<0"])
    assert in_date.mrz.date_of_birth is not None
    assert in_date.proven == {"number", "date_of_expiry", "sex"}
    assert _found([second]).proven == frozenset()


def test_what_one_check_digit_cannot_tell_apart_is_told_by_the_readers_doubts() -> None:
    first, second = "IDVNM0990000017001099000001<<3", specimens.CHIP_OR_CAN_CUOC[1]
    doubts = [1.0] * 30
    doubts[29] = 0.5
    match = find_mrz([first, second], [doubts, [1.0] * 30])
    assert match is not None
    assert (match.repairs, match.mrz.number) == (1, "001099000001")
    assert "number" not in match.proven


def _dated(born: str) -> str:
    """Return the second line of the first specimen with another birth date, all check digits right."""
    first, second, _ = specimens.CHIP_OR_CAN_CUOC
    line = f"{born}{check_digit(born)}{second[7:29]}"
    return f"{line}{check_digit(first[5:] + line[:7] + line[8:15] + line[18:29])}"


def _misread_births(lines: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Yield second lines with two digits of the birth date misread so that all check digits are right, and where."""
    first, second, _ = lines
    for one, two in combinations(range(6), 2):
        for here, there in product(DIGIT_NEIGHBOURS[second[one]], DIGIT_NEIGHBOURS[second[two]]):
            line = second[:one] + here + second[one + 1 : two] + there + second[two + 1 :]
            mrz = exact_td1([first, line])
            if mrz is not None and mrz.is_valid and mrz.date_of_birth is not None and not is_consistent(mrz):
                yield line, [one, two]


def test_two_misread_digits_that_please_every_check_digit_give_way_to_the_year_in_the_number() -> None:
    found = []
    misread = [(zone, *one) for zone in specimens.CARDS for one in _misread_births(zone)]
    for lines, line, places in misread:
        doubts = [0.5 if place in places else 0.999 for place in range(30)]
        match = find_mrz([lines[0], line], [[0.999] * 30, doubts])
        right = exact_td1(lines)
        assert match is not None
        assert right is not None
        assert match.mrz.date_of_birth in {right.date_of_birth, None}
        assert "date_of_birth" not in match.proven
        found.append(match.mrz.date_of_birth)
    assert any(found)


def test_a_birth_date_of_another_year_than_the_numbers_is_given_and_never_proven() -> None:
    match = _found([specimens.CHIP_OR_CAN_CUOC[0], _dated("970115")])
    assert match.mrz.date_of_birth is not None
    assert match.mrz.date_of_birth.iso == "1997-01-15"
    assert "date_of_birth" not in match.proven
    assert "number" in match.proven


def _numbered(digits: str) -> list[str]:
    """Return the lines of the first specimen with another number, all check digits right."""
    first = f"IDVNM{digits[3:]}{check_digit(digits[3:])}{digits}<<{check_digit(digits)}"
    line = f"990115{check_digit('990115')}{specimens.CHIP_OR_CAN_CUOC[1][7:29]}"
    return [first, f"{line}{check_digit(first[5:] + line[:7] + line[8:15] + line[18:29])}"]


def test_a_number_of_no_province_is_never_proven() -> None:
    match = _found(_numbered("819099000001"))
    assert match.mrz.number == "819099000001"
    assert "number" not in match.proven


@pytest.mark.parametrize(("expiry", "is_proven"), [("390115", True), ("890115", False), ("991231", True)])
def test_an_expiry_at_an_age_that_no_law_names_is_never_proven(expiry: str, *, is_proven: bool) -> None:
    first, second, _ = specimens.CHIP_OR_CAN_CUOC
    line = f"{second[:8]}{expiry}{check_digit(expiry)}{second[15:29]}"
    match = _found([first, f"{line}{check_digit(first[5:] + line[:7] + line[8:15] + line[18:29])}"])
    assert ("date_of_expiry" in match.proven) is is_proven


def test_nobody_is_born_in_the_future() -> None:
    match = _found(_numbered("001299000001"))
    assert match.mrz.date_of_birth is None
    assert match.proven.isdisjoint({"number", "date_of_birth"})


@pytest.mark.parametrize("line", ["901155M3901153VNM<<<<<<<<<<<0", "99901155M3901153VNM<<<<<<<<<<<0"])
def test_a_digit_lost_from_a_date_or_added_is_put_right_where_all_checks_agree(line: str) -> None:
    match = _found([specimens.CHIP_OR_CAN_CUOC[0], line])
    assert _facts(match.mrz)[:4] == EXPECTED[0][:4]
    assert "date_of_birth" not in match.proven


def test_lost_digit_of_the_province_leaves_the_document_number() -> None:
    match = _found(["IDVNM115519501800115519501<<9"])
    assert (match.mrz.number, match.mrz.document_number) == (None, "115519501")
    assert match.mrz.checks == (("document_number", True),)


def test_dates_are_not_repaired_without_the_line_that_confirms_them() -> None:
    # 21 August 1977 with a digit misread; the only confusion that mends its check digit makes it 14 August.
    match = _found(["7708113M3901153VNM<<<<<<<<<<<0"])
    assert (match.repairs, dict(match.mrz.checks)["date_of_birth"]) == (0, False)


def test_zone_with_too_many_errors_is_returned_as_read() -> None:
    match = _found(["IDVNM0990000317001099000001<<8", "9907155M3961153VNM<<<<<<<<<<<8"])
    assert not match.mrz.is_valid
    assert match.mrz.number == "001099000001"


def test_line_with_an_impossible_expiry_is_no_zone() -> None:
    assert find_mrz(["9901155M390115<VNM<<<<<<<<<<<0"]) is None


def test_number_of_an_unknown_province_is_read_without_repairs() -> None:
    digits = "003099000001"
    first = f"IDVNM{digits[3:]}{check_digit(digits[3:])}{digits}<<{check_digit(digits)}"
    match = _found([first])
    assert (match.mrz.number, match.repairs) == (digits, 0)


def test_passport_line_with_an_impossible_tail_is_no_zone() -> None:
    assert find_mrz(["X0000001<4VNM9901155M330110000109900000118<<<<<<<"]) is None
    assert find_mrz(["X0000001<4VNM9901155M3301100001099000001<<<0"]) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<", "NGUYEN VAN MAU"),
        ("NGUYENKKVAN<MAU<<<<<<<<<", "NGUYEN VAN MAU"),
        ("NGUYEN<<VAN<MAUKKKKKKKK", "NGUYEN VAN MAU"),
        ("D0<<DUC<THU<<<<<", "DO DUC THU"),
        ("TRAN<<THI<LE<<<<<<<", "TRAN THI LE"),
        ("NGUYEN<<DUC<<<<<<<<", "NGUYEN DUC"),
        ("NGUYEN<<VAN<MAU<CC<<LL", "NGUYEN VAN MAU"),
        ("TON<NU<<THI<VI<DU<<<<<", "TON NU THI VI DU"),
    ],
)
def test_name_lines_are_cleaned(line: str, name: str) -> None:
    assert _found([*specimens.CHIP_OR_CAN_CUOC[:2], line]).mrz.name == name


@pytest.mark.parametrize("line", ["", "<<<<<<<<", "12345<67890", "MAU<<", "Nơi cư trú"])
def test_other_lines_are_no_name(line: str) -> None:
    assert _found([*specimens.CHIP_OR_CAN_CUOC[:2], line]).mrz.name is None


def test_nothing_personal_shows_in_a_repr() -> None:
    shown = repr([_found(specimens.CHIP_OR_CAN_CUOC), _found(specimens.PASSPORT)])
    assert "NGUYEN" not in shown
    assert re.search(r"[0-9]{4}", shown) is None


def test_a_passports_number_is_proven_only_where_no_digit_is_in_doubt() -> None:
    sure, doubtful = [0.99] * 44, [0.99] * 44
    doubtful[31] = 0.9
    found = [find_mrz(specimens.PASSPORT, [[0.99] * 44, line]) for line in (sure, doubtful)]
    assert [match is not None and match.mrz.number == "001099000001" for match in found] == [True, True]
    assert [match is not None and "number" in match.proven for match in found] == [True, False]


@pytest.mark.parametrize(("sure", "is_proven"), [(1.0, True), (0.5, False)])
def test_two_doubtful_digits_of_a_province_that_may_be_misread_alike_prove_nothing(
    sure: float,
    is_proven: bool,
) -> None:
    """The province stands once, and "22" for "77" pleases every check digit."""
    zone = td1(ZoneFacts("077202000001", "Trần Thị Mẫu", "020223", "F", "270223"))
    other = td1(ZoneFacts("022202000001", "Trần Thị Mẫu", "020223", "F", "270223"))
    assert other[0].replace("022", "077", 1) == zone[0]
    confidences = [[0.999] * 30 for _ in zone]
    confidences[0][16:18] = [sure, sure]
    match = find_mrz(zone, confidences)
    assert match is not None
    assert ("number" in match.proven) is is_proven

"""QR codes of made-up cards decode to the payload they were made from."""

from random import Random

import pytest
import zxingcpp

from tests.synth.payload import (
    SymbolStyle,
    can_cuoc_payload,
    chip_payload,
    draw_symbol,
    pick_symbol_style,
    segments,
    symbol_modules,
)
from tests.synth.people import make_person


def payload_of(seed: int) -> bytes:
    if seed % 2:
        return can_cuoc_payload(make_person(seed, "can_cuoc"), Random(seed))
    return chip_payload(make_person(seed))


@pytest.mark.parametrize("level", ["L", "M"])
@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("has_eci", [False, True])
def test_every_encoding_decodes_to_the_payload_bytes(*, level: str, is_mixed: bool, has_eci: bool) -> None:
    style = SymbolStyle(level, is_mixed, has_eci)
    for seed in range(6):
        payload = payload_of(seed)
        picture = draw_symbol(symbol_modules(payload, style), 300, 4)
        (code,) = zxingcpp.read_barcodes(picture)
        assert code.bytes == payload
        assert code.ec_level == level


def test_a_mixed_symbol_has_numeric_and_byte_segments() -> None:
    payload = chip_payload(make_person(1))
    parts = segments(payload)
    assert b"".join(part for part, _, _ in parts) == payload
    assert len({mode for _, mode, _ in parts}) == 2
    mixed, single = (symbol_modules(payload, SymbolStyle("M", is_mixed, has_eci=False)) for is_mixed in (True, False))
    assert len(mixed) <= len(single)


@pytest.mark.zbar
def test_plain_zbar_garbles_about_half_of_the_mixed_symbols() -> None:
    pyzbar = pytest.importorskip("pyzbar.pyzbar", exc_type=ImportError)
    right = 0
    for seed in range(60):
        payload = payload_of(seed)
        picture = draw_symbol(symbol_modules(payload, SymbolStyle("M", is_mixed=True, has_eci=False)), 300, 4)
        right += [code.data for code in pyzbar.decode(picture)] == [payload]
    assert 12 <= right <= 48


def test_a_chip_payload_has_seven_fields_and_one_of_2024_eleven() -> None:
    person = make_person(3, "can_cuoc")
    assert chip_payload(person).count(b"|") == 6
    assert can_cuoc_payload(person, Random(1)).endswith(b"||||")
    child = make_person(3, "can_cuoc", child=True)
    fields = can_cuoc_payload(child, Random(1)).decode().split("|")
    assert len(fields) == 11
    assert {child.father, child.mother} <= set(fields[7:])


def test_all_kinds_of_encoding_are_picked() -> None:
    styles = {pick_symbol_style(Random(seed)) for seed in range(200)}
    assert len(styles) == 8

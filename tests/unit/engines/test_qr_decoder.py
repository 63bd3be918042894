"""Symbols whose modules are known with more or less certainty."""

from __future__ import annotations

import numpy as np
import pytest
import segno
from segno import consts

from idscan.engines import qr_decoder
from idscan.vision.qr_grid import UNKNOWN, fixed_modules
from tests.synth.payload import SymbolStyle, symbol_modules

PAYLOAD = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20062022"
LEVELS = {"L": consts.ERROR_LEVEL_L, "M": consts.ERROR_LEVEL_M, "Q": consts.ERROR_LEVEL_Q, "H": consts.ERROR_LEVEL_H}
VERSIONS = range(1, qr_decoder.LARGEST_VERSION + 1)


def decoded(certainty: np.ndarray) -> qr_decoder.SoftDecoding | None:
    return qr_decoder.decode(certainty, fixed_modules(len(certainty)) != UNKNOWN)


def surely(code: segno.QRCode) -> np.ndarray:
    return np.where(np.array([list(row) for row in code.matrix]) > 0, 1.0, -1.0)


def card(level: str = "M", *, is_mixed: bool = False, has_eci: bool = False) -> np.ndarray:
    return np.where(symbol_modules(PAYLOAD.encode(), SymbolStyle(level, is_mixed, has_eci)) == 0, 1.0, -1.0)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_blocks_are_those_of_another_encoder(version: int, level: str) -> None:
    theirs = consts.ECC[version][LEVELS[level]]
    words = sum(part.num_blocks * part.num_total for part in theirs)
    ours = qr_decoder.blocks(version, level, words)
    assert [(len(block.places), block.parity) for block in ours] == [
        (part.num_total, part.num_total - part.num_data) for part in theirs for _ in range(part.num_blocks)
    ]
    assert sorted(place for block in ours for place in block.places) == list(range(words))


@pytest.mark.parametrize("mask", range(8))
@pytest.mark.parametrize("version", [2, 6, 7, 10, 13])
def test_a_symbol_of_any_size_and_mask_is_decoded(version: int, mask: int) -> None:
    code = segno.make_qr("MADE UP 12", version=version, mask=mask, error="Q", boost_error=False)
    found = decoded(surely(code))
    assert found is not None
    assert (found.payload, found.level) == (b"MADE UP 12", "Q")


@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("has_eci", [False, True])
def test_digits_in_segments_and_a_named_character_set_are_understood(*, is_mixed: bool, has_eci: bool) -> None:
    found = decoded(card(is_mixed=is_mixed, has_eci=has_eci))
    assert found is not None
    assert found.payload.decode() == PAYLOAD


def test_larger_symbols_than_cards_have_are_left_alone() -> None:
    assert decoded(surely(segno.make_qr("x", version=14))) is None


def test_modules_that_are_not_known_cost_half_of_what_wrong_ones_do() -> None:
    unknown, wrong = card(), card()
    unknown[14:32, 14:32] = 0.01
    wrong[14:32, 14:32] = 1.0
    found = decoded(unknown)
    assert found is not None
    assert found.payload.decode() == PAYLOAD
    assert decoded(wrong) is None


def test_the_more_is_covered_the_less_the_evidence() -> None:
    evidence = []
    for side in (0, 6, 12):
        part = card()
        part[15 : 15 + side, 15 : 15 + side] = 0.01
        found = decoded(part)
        assert found is not None
        evidence.append(found.evidence)
    assert evidence == sorted(evidence, reverse=True)
    assert len(set(evidence)) == 3


def test_noise_says_nothing() -> None:
    rng = np.random.default_rng(1)
    assert [decoded(rng.uniform(-1, 1, (side, side))) for side in (37, 41, 45, 49) for _ in range(5)] == [None] * 20


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ("0100 00000010 01100001 01100010 0000", b"ab"),
        ("0001 0000000100 0001111011 0100 0000", b"1234"),
        ("0010 000000101 00111001110 11100111001 000010 0000", b"AC-42"),
        ("0111 00011010 0100 00000001 01100001 0000", b"a"),
        ("0111 1000000000011010 0100 00000001 01100001 0000", b"a"),
        ("0111 110000000000000000011010 0100 00000001 01100001 0000", b"a"),
        ("0100 00000010 01100001", None),
        ("0001 0000000011 1111101000 0000", None),
        ("1000 00000010 01100001 01100010 0000", None),
        ("0000", b""),
    ],
)
def test_segments_are_read_and_what_is_none_is_refused(bits: str, said: bytes | None) -> None:
    together = bits.replace(" ", "")
    together += "0" * (-len(together) % 8)
    data = int(together, 2).to_bytes(len(together) // 8, "big")
    assert qr_decoder.payload(data, 5) == said

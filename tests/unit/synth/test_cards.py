"""Made-up cards show what their truth says, where it says."""

from functools import cache

import numpy as np
import pytest
import zxingcpp

from tests.synth.cards import FACES, DrawnCard, Face, draw_card
from tests.synth.draft import two_lines
from tests.synth.people import make_person
from tests.synth.sheet import HEIGHT_PX, WIDTH_PX

SEEDS = (1, 2)
EVERY_CARD = [(face, seed) for face in FACES for seed in SEEDS]


@cache
def card_of(face: Face, seed: int) -> DrawnCard:
    return draw_card(face, seed)


@pytest.mark.parametrize(("face", "seed"), EVERY_CARD)
def test_every_field_lies_inside_the_card(face: Face, seed: int) -> None:
    card = card_of(face, seed)
    assert card.image.size == (WIDTH_PX, HEIGHT_PX)
    assert WIDTH_PX >= 1600
    for name, fact in card.truth.fields.items():
        for _, quad in fact.places:
            for x, y in quad:
                assert 0 < x < WIDTH_PX, name
                assert 0 < y < HEIGHT_PX, name


@pytest.mark.parametrize(("face", "seed"), EVERY_CARD)
def test_printed_values_are_dark_ink_within_their_box(face: Face, seed: int) -> None:
    card = card_of(face, seed)
    grey = np.asarray(card.image.convert("L"))
    for name in ("number", "name", "date_of_birth"):
        (x0, y0), _, (x1, y1), _ = card.truth.fields[name].quad
        inside = grey[round(y0) : round(y1), round(x0) : round(x1)]
        assert np.percentile(inside, 5) < 110, name
        assert np.percentile(inside, 80) > 150, name


@pytest.mark.parametrize(("face", "seed"), EVERY_CARD)
def test_the_qr_code_lies_in_its_quad_and_decodes_to_the_truth(face: Face, seed: int) -> None:
    truth = card_of(face, seed).truth
    codes = zxingcpp.read_barcodes(np.asarray(card_of(face, seed).image.convert("L")))
    if "qr" not in truth.fields:
        assert codes == []
        return
    (code,) = codes
    fact = truth.fields["qr"]
    assert code.bytes.decode() == fact.value
    (x0, _), _, (x1, y1), _ = fact.quad
    assert x0 - 8 < code.position.top_left.x < x0 + 8
    assert y1 - 8 < code.position.bottom_right.y < y1 + 8
    assert truth.px_per_module
    assert x1 - x0 == pytest.approx(truth.px_per_module * round((x1 - x0) / truth.px_per_module), rel=0.01)


def test_sources_tell_where_the_facts_stand() -> None:
    def sources(kind: str, side: str) -> dict[str, tuple[str, ...]]:
        person = make_person(7, kind)
        return draw_card(Face(kind, side), 1, person=person).truth.sources

    assert sources("cmnd_9", "front")["number"] == ("print",)
    assert sources("cccd_chip", "front")["name"] == ("qr", "print")
    assert sources("cccd_chip", "back")["date_of_birth"] == ("mrz",)
    assert sources("can_cuoc", "front")["number"] == ("print",)
    assert sources("can_cuoc", "back")["number"] == ("qr", "mrz")


def test_values_are_normalised() -> None:
    chip = card_of(Face("cccd_chip", "front"), 1).truth
    assert chip.fields["name"].value == chip.person.name.upper()
    assert chip.fields["date_of_birth"].value == chip.person.birth.isoformat()
    assert chip.fields["date_of_birth"].printed == f"{chip.person.birth:%d/%m/%Y}"
    back = card_of(Face("cccd_chip", "back"), 1).truth
    assert back.fields["name"].value is not None
    assert back.fields["name"].value.isascii()
    residence = chip.fields["place_of_residence"]
    assert residence.printed == residence.value == str(chip.person.residence)


def test_only_a_young_childs_card_bears_no_portrait() -> None:
    assert "portrait" not in card_of(Face("can_cuoc", "front", is_child=True), 1).truth.fields
    assert "portrait" in card_of(Face("can_cuoc", "front"), 1).truth.fields


def test_the_same_seed_is_the_same_card() -> None:
    again = draw_card(FACES[1], 1)
    assert again.image.tobytes() == card_of(FACES[1], 1).image.tobytes()
    assert again.truth == card_of(FACES[1], 1).truth
    assert card_of(FACES[1], 2).image.tobytes() != again.image.tobytes()


def test_a_watermark_is_the_only_difference_that_it_makes() -> None:
    plain, marked = draw_card(FACES[3], 1), draw_card(FACES[3], 1, has_watermark=True)
    assert marked.truth == plain.truth
    assert marked.image.tobytes() != plain.image.tobytes()


def test_an_address_is_cut_at_a_comma() -> None:
    assert two_lines("Ấp Hạ, Yên Mỹ, Hưng Yên", 0.2) == ("Ấp Hạ,", "Yên Mỹ, Hưng Yên")

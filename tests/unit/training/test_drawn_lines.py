"""What the reader of lines is trained with: texts that can be written, pictures that depend on the seed alone."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from random import Random

import numpy as np
import pytest
from matplotlib import get_data_path

from idscan.cards.spelling import is_spelling
from idscan.engines.lines import HEIGHT
from tests.synth.mrz import check_digit
from tests.training import texts
from tests.training.faces import HELD_OUT, TrainingFace, find_faces, split
from tests.training.lines import LineMaker

FACES = find_faces([Path(get_data_path()) / "fonts" / "ttf"])


def test_every_text_is_composed_and_within_the_alphabet() -> None:
    rng = Random(3)
    made = [texts.make_text(rng) for _ in range(2000)]
    assert {letter for text in made for letter in text} <= set(texts.ALPHABET)
    assert all(text == unicodedata.normalize("NFC", text) == " ".join(text.split()) for text in made)


def test_names_consist_of_syllables_with_all_tones() -> None:
    rng = Random(4)
    made = [texts.name(rng) for _ in range(400)]
    assert all(is_spelling(word) for name in made for word in name.split())
    marks = {mark for name in made for mark in unicodedata.normalize("NFD", name) if unicodedata.combining(mark)}
    assert len(marks) == 8  # five tones, breve, circumflex, horn


def test_first_lines_of_zones_have_right_check_digits() -> None:
    rng = Random(5)
    made = [texts.zone_line(rng) for _ in range(300)]
    first = [line for line in made if line.startswith("IDVNM")]
    assert first
    assert all(check_digit(line[5:14]) == line[14] and check_digit(line[15:29]) == line[29] for line in first)


def test_faces_of_held_out_families_are_never_trained_on() -> None:
    others = (TrainingFace("/f/a.ttf", "Tinos", is_mono=False, is_for_zones=False, can_spell=True),)
    training, held_out = split((*FACES, *others))
    assert training == others
    assert held_out == FACES
    assert all(face.family.startswith(HELD_OUT) for face in held_out)


def test_slanted_faces_and_faces_without_letters_are_left_out() -> None:
    assert {Path(face.path).stem for face in FACES if face.can_spell} >= {"DejaVuSans", "DejaVuSerif"}
    assert not any("Oblique" in face.path or "Italic" in face.path or "STIX" in face.path for face in FACES)
    assert {face.family for face in FACES if face.is_mono} == {"DejaVu Sans Mono"}


def test_a_maker_draws_the_same_lines_for_the_same_seed() -> None:
    maker = LineMaker(FACES, 1)
    maker.reseed(7)
    first = [maker.make() for _ in range(12)]
    maker.reseed(7)
    again = [maker.make() for _ in range(12)]
    assert [line.text for line in first] == [line.text for line in again]
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, again, strict=True))


def test_lines_are_of_one_height_and_show_something() -> None:
    maker = LineMaker(FACES, 2)
    for _ in range(40):
        line = maker.make()
        assert line.pixels.shape[0] == HEIGHT
        assert line.pixels.dtype == np.uint8
        assert line.pixels.std() > 5
        assert line.text


def test_training_remembers_where_it_was(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.training.train import Run, batch_of  # noqa: PLC0415  needs the extra

    maker = LineMaker(FACES, 3)
    batch = batch_of([maker.make() for _ in range(4)])
    run = Run(tmp_path, 1)
    run.learn(batch, 1000)
    run.save()
    assert Run(tmp_path, 1).lines == 4

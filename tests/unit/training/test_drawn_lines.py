"""What the reader of lines is trained with: texts that can be written, pictures that depend on the seed alone."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from random import Random

import numpy as np
import pytest
from matplotlib import get_data_path

from idscan.cards.text.syllables import is_spelling
from idscan.engines.text_recognizer import HEIGHT
from tests.synth.mrz import check_digit
from tests.training import texts
from tests.training.faces import HELD_OUT, TrainingFace, find_faces, split
from tests.training.lines import LineMaker
from tests.training.marks import random_style, split_letter, strokes_of

TONES = "\u0300\u0301\u0303\u0309\u0323"
ALL = TONES + "\u0302\u0306\u031b"
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


@pytest.mark.parametrize(
    ("letter", "drawn", "bare", "marks"),
    [
        ("Ồ", TONES, "Ô", "\u0300"),
        ("Ồ", ALL, "O", "\u0302\u0300"),
        ("Ậ", ALL, "A", "\u0323\u0302"),
        ("Ữ", ALL, "U", "\u031b\u0303"),
        ("Đ", ALL, "Đ", ""),
        ("í", ALL, "í", ""),
        ("ị", ALL, "i", "\u0323"),
        ("7", ALL, "7", ""),
    ],
)
def test_a_letter_is_split_into_what_is_drawn_apart(letter: str, drawn: str, bare: str, marks: str) -> None:
    assert split_letter(letter, drawn) == (bare, marks)


def test_marks_stand_over_the_letter_and_dots_under_it() -> None:
    rng = Random(6)
    box = (100.0, 60.0, 120.0, 90.0)
    for _ in range(50):
        style = random_style(rng)
        for path, width in strokes_of("O", "\u0302\u0300", box, 30.0, style):
            assert max(y for _, y in path) <= box[1]
            assert width > 0
        ((dot, _),) = strokes_of("O", "\u0323", box, 30.0, style)
        assert dot[0][1] > box[3]


@pytest.mark.parametrize("letter", "OUu")
def test_a_horn_reaches_out_at_the_upper_right(letter: str) -> None:
    ((path, _),) = strokes_of(letter, "\u031b", (100.0, 60.0, 120.0, 90.0), 30.0, random_style(Random(8)))
    assert max(x for x, _ in path) > 117
    assert path[-1][1] < path[0][1] < 70


def test_ways_to_stack_marks_differ_from_style_to_style() -> None:
    rng = Random(7)
    graves = {
        round(strokes_of("O", "\u0302\u0300", (0.0, 0.0, 20.0, 30.0), 30.0, random_style(rng))[1][0][0][0] / 8)
        for _ in range(60)
    }
    assert len(graves) > 2


def test_training_remembers_where_it_was(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.training.train import Run, batch_of

    maker = LineMaker(FACES, 3)
    batch = batch_of([maker.make() for _ in range(4)])
    run = Run(tmp_path, 1)
    run.learn(batch, 1000)
    run.save()
    assert Run(tmp_path, 1).counts["lines"] == 4


def test_a_run_begins_with_the_weights_of_another(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from tests.training.train import Run, batch_of

    maker = LineMaker(FACES, 3)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    run = Run(first, 1)
    run.learn(batch_of([maker.make() for _ in range(4)]), 1000)
    run.save()
    other = Run(second, 2)
    other.begin_from(run.path)
    assert (other.counts["lines"], other.counts["lines_before"]) == (0, 4)
    for mine, theirs in zip(other.net.parameters(), run.average.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_steps_of_muon_are_as_large_in_every_direction() -> None:
    torch = pytest.importorskip("torch")
    from tests.training.muon import orthogonal

    for shape in ((8, 20), (20, 8)):
        matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1)) @ torch.diag(
            torch.linspace(0.1, 5, shape[1])
        )
        sizes = torch.linalg.svdvals(orthogonal(matrix))
        assert 0.6 < sizes.min() <= sizes.max() < 1.3

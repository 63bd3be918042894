"""Made-up pictures are the same for the same seed, and their truth is where the pixels are."""

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from tests.synth.__main__ import write_scenes
from tests.synth.camera import Pose, project, resize
from tests.synth.cards import Face
from tests.synth.scenes import CARD_SCENES, EVERY_CARD_SCENE, HARMLESS_SCENES, SCENES, make_scene, save
from tests.synth.stock import Supplies
from tests.synth.truth import Quad, Scene


@cache
def scene_of(name: str, seed: int) -> Scene:
    return make_scene(name, seed)


def is_inside(outer: Quad, inner: Quad) -> bool:
    hull = np.array(outer, np.float32)
    return all(cv2.pointPolygonTest(hull, point, measureDist=True) >= 0 for point in inner)


@pytest.mark.parametrize(
    "name", [name if name in CARD_SCENES else pytest.param(name, marks=pytest.mark.slow) for name in SCENES]
)
def test_the_same_seed_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first, second = make_scene(name, 11), scene_of(name, 11)
    assert first.image.tobytes() == second.image.tobytes()
    assert first.cards == second.cards
    assert scene_of(name, 12).image.tobytes() != first.image.tobytes()
    for file, scene in (("a.jpg", first), ("b.jpg", second)):
        save(scene, tmp_path / file)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


@pytest.mark.parametrize("name", EVERY_CARD_SCENE)
def test_every_field_lies_inside_its_card_and_inside_the_picture(name: str) -> None:
    scene = scene_of(name, 11)
    width, height = scene.image.size
    frame = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    assert scene.cards
    for card in scene.cards:
        for fact in card.fields.values():
            assert all(is_inside(card.quad, quad) and is_inside(frame, quad) for _, quad in fact.places)


@pytest.mark.parametrize("name", CARD_SCENES)
@pytest.mark.parametrize("seed", [11, 12])
def test_the_cards_of_ordinary_scenes_lie_inside_the_picture(name: str, seed: int) -> None:
    scene = scene_of(name, seed)
    width, height = scene.image.size
    frame = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    assert scene.cards
    for card in scene.cards:
        assert is_inside(frame, card.quad)


def straightened(scene: Scene, quad: Quad) -> np.ndarray:
    target = np.array([[40, 40], [440, 40], [440, 440], [40, 440]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32), target)
    return cv2.warpPerspective(np.asarray(scene.image.convert("L")), matrix, (480, 480), flags=cv2.INTER_CUBIC)


@pytest.mark.parametrize("name", CARD_SCENES)
def test_the_symbol_stands_upright_in_the_quad_that_the_truth_gives_it(name: str) -> None:
    supplies = Supplies(faces=(Face("can_cuoc", "back"),))
    read = 0
    for seed in range(4):
        scene = make_scene(name, seed, supplies=supplies)
        card = scene.cards[0]
        codes = zxingcpp.read_barcodes(straightened(scene, card.fields["qr"].quad))
        for code in codes:
            assert code.bytes.decode() == card.fields["qr"].value
            assert abs(code.position.top_left.x - 40) < 12
            assert abs(code.position.top_left.y - 40) < 12
            read += 1
    assert read >= 2


def test_a_mirrored_card_runs_the_other_way() -> None:
    assert is_clockwise(scene_of("hand_held", 11).cards[0].quad)
    assert not is_clockwise(scene_of("mirrored", 11).cards[0].quad)


def is_clockwise(quad: Quad) -> bool:
    (ax, ay), (bx, by), (cx, cy), _ = quad
    return (bx - ax) * (cy - by) - (by - ay) * (cx - bx) > 0


@pytest.mark.parametrize(("name", "field"), [("only_code", "qr"), ("only_number", "number"), ("only_zone", "mrz")])
def test_a_cut_picture_shows_the_field_that_it_is_cut_to(name: str, field: str) -> None:
    card = scene_of(name, 11).cards[0]
    assert field in card.fields
    assert "portrait" not in card.fields


def test_no_corner_of_a_cropped_card_is_in_the_picture() -> None:
    for seed in range(11, 15):
        scene = make_scene("cropped", seed)
        width, height = scene.image.size
        assert not any(0 <= x <= width and 0 <= y <= height for x, y in scene.cards[0].quad)
        assert scene.cards[0].sources


def test_what_is_covered_is_no_longer_true_of_the_card() -> None:
    scenes = [make_scene("covered", seed, supplies=Supplies(faces=(Face("cccd_chip", "front"),))) for seed in range(8)]
    shown = ["qr" in scene.cards[0].fields for scene in scenes]
    assert any(shown)
    assert not all(shown)


@pytest.mark.parametrize("name", HARMLESS_SCENES)
def test_a_harmless_picture_shows_no_card(name: str) -> None:
    assert scene_of(name, 11).cards == ()


@pytest.mark.slow
def test_a_scan_can_show_both_sides_of_one_card() -> None:
    people = []
    for seed in range(16):
        cards = make_scene(
            "flat_scan", seed, supplies=Supplies(faces=(Face("can_cuoc", "front"), Face("can_cuoc", "back")))
        ).cards
        if len(cards) == 2:
            people.append(cards[0].person == cards[1].person)
    assert True in people
    assert False in people


def test_social_media_pictures_have_the_sizes_that_social_media_use() -> None:
    for seed in (11, 12, 13):
        scene = scene_of("social", seed)
        assert max(scene.image.size) in {2048, 1600, 1280, 1080, 960, 720}
        assert scene.jpeg_quality is not None
        assert 70 <= scene.jpeg_quality <= 85


def test_a_card_that_leans_back_is_narrower_at_the_top() -> None:
    (ax, _), (bx, _), (cx, _), (dx, _) = project(Pose(tilt=-30))
    assert bx - ax < cx - dx
    flat = project(Pose(turn=90, distance=1e6))
    assert flat[0] == pytest.approx((0.5 * 53.98 / 85.6, -0.5), abs=1e-4)


def test_resizing_moves_the_truth_along() -> None:
    scene = scene_of("flat_scan", 11)
    image, cards = resize(scene.image, scene.cards, max(scene.image.size) // 2)
    assert max(image.size) == max(scene.image.size) // 2
    assert cards[0].quad[2] == pytest.approx(np.array(scene.cards[0].quad[2]) / 2, rel=0.01)


def test_photos_of_a_folder_serve_as_backgrounds(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (0, 255, 0)).save(tmp_path / "green.png")
    green = 0
    for seed in range(6):
        pixels = np.asarray(make_scene("hand_held", seed, backgrounds=tmp_path).image).astype(int)
        green += bool(np.mean(pixels[..., 1] > pixels[..., 0] + 100) > 0.1)
    assert green >= 2


def test_the_written_truth_names_every_picture(tmp_path: Path) -> None:
    write_scenes(tmp_path, ("flat_scan", "chart"), range(2), Supplies())
    pictures = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["pictures"]
    assert [(tmp_path / picture["file"]).is_file() for picture in pictures] == [True, True]
    assert pictures[0]["cards"][0]["fields"]["name"]["places"]
    assert pictures[1]["cards"] == []

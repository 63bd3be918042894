"""Tables that the locator learns from, and what it is told of them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.engines.card_detector import quads_of
from tests.synth.fonts import DEFAULT_FAMILIES
from tests.synth.scenes import make_scene
from tests.training.grounds import PAGE_SIDE, draw_page, draw_pattern
from tests.training.tables import KINDS, UNIT, Stock, maps_of, set_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.training.train_locator import Table

SIDE = 288


@pytest.fixture(scope="module")
def stock() -> Stock:
    card = np.zeros((63, 100, 4), np.uint8)
    card[...] = (255, 0, 255, 255)
    ground = np.asarray(make_scene("chart", 1).image.resize((460, 300)))
    return Stock([card], [ground])


def test_the_same_chance_sets_the_same_table(stock: Stock) -> None:
    (first, quads), (second, again) = (set_table(stock, Random(4), SIDE) for _ in range(2))
    assert np.array_equal(first, second)
    assert quads == again
    assert first.shape == (SIDE, SIDE, 3)


def test_cards_lie_where_the_truth_says(stock: Stock) -> None:
    seen = 0
    for seed in range(30):
        picture, quads = set_table(stock, Random(seed), SIDE)
        for quad in quads:
            x, y = (round(sum(part) / 4) for part in zip(*quad, strict=True))
            if not (0 <= x < SIDE and 0 <= y < SIDE):
                continue
            red, green, blue = (int(part) for part in picture[y, x])
            seen += red + blue > 2 * green + 20
    assert seen > 20


@pytest.mark.parametrize("kind", KINDS)
def test_tables_of_each_kind_have_cards_where_the_truth_says(stock: Stock, kind: str) -> None:
    there, seen = 0, 0
    for seed in range(12):
        picture, quads = set_table(stock, Random(f"{kind} {seed}"), SIDE, kind)
        for quad in quads:
            x, y = (round(sum(part) / 4) for part in zip(*quad, strict=True))
            if 0 <= x < SIDE and 0 <= y < SIDE:
                red, green, blue = (int(part) for part in picture[y, x])
                there, seen = there + 1, seen + (red + blue > 2 * green + 8)
    assert there >= 6
    assert seen > 0.5 * there  # shadows, hands and grey pictures hide some


def test_an_empty_table_holds_no_card(stock: Stock) -> None:
    assert all(set_table(stock, Random(seed), SIDE, "empty")[1] == [] for seed in range(8))


def test_a_steep_table_has_cards_that_lean_further_than_others(stock: Stock) -> None:
    def leaning(kind: str) -> float:
        quads = [quad for seed in range(60) for quad in set_table(stock, Random(seed), SIDE, kind)[1]]
        shares = [geometry.width(quad) / geometry.height(quad) / (85.6 / 53.98) for quad in quads]
        return float(np.mean([max(share, 1 / share) for share in shares]))

    assert leaning("steep") > leaning("plain") + 0.1


def test_small_tables_and_sheets_hold_many_small_cards(stock: Stock) -> None:
    small, sheet = (
        [set_table(stock, Random(seed), SIDE, kind)[1] for seed in range(30)] for kind in ("small", "sheet")
    )
    assert max(len(quads) for quads in small) >= 8
    assert max(len(quads) for quads in sheet) >= 20
    assert all(max(geometry.width(quad), geometry.height(quad)) < 180 for quads in small for quad in quads)


def test_a_cell_of_a_small_card_counts_for_more() -> None:
    _, counts, _ = maps_of([quad_from_box(10, 10, 50, 35), quad_from_box(80, 80, 280, 206)], SIDE)
    assert counts[2, 3] > 2
    assert counts[17, 22] == 1


def test_grounds_are_full_of_print_or_shapes() -> None:
    page, pattern = draw_page(Random(3), DEFAULT_FAMILIES), draw_pattern(Random(3), SIDE)
    assert page.shape == (PAGE_SIDE, PAGE_SIDE, 3)
    assert pattern.shape == (SIDE, SIDE, 3)
    thirds = [page[y : y + 300, x : x + 300] for y in range(0, 900, 300) for x in range(0, 900, 300)]
    assert min(float(part.std()) for part in [*thirds, pattern]) > 15


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the exporter
def test_an_exported_network_gives_its_weights_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from tests.training.convolutions import exported
    from tests.training.eight_bit import Packed
    from tests.training.locator_net import LocatorNet
    from tests.training.unfold import unfold

    torch.manual_seed(1)
    samples = [torch.rand(1, 3, 64, 96) * 2 - 1 for _ in range(6)]
    model = exported(LocatorNet(), ("planes", {0: "count", 2: "rows", 3: "columns"}), samples)
    (tmp_path / "model.onnx").write_bytes(model)
    again = LocatorNet()
    unfold(again, tmp_path / "model.onnx", samples)
    with torch.no_grad():
        told, expected = again.eval()(samples[0]), Packed(model)(samples[0])
    assert float((told[:, 0] - expected[:, 0]).abs().max()) < 0.05
    assert float((told[:, 1:] - expected[:, 1:]).abs().max()) < 0.1 * float(expected[:, 1:].abs().max())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the exporter
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_average_that_is_all_one_network_is_that_network(tmp_path: Path, share: float) -> None:
    torch = pytest.importorskip("torch")
    from tests.training.convolutions import exported
    from tests.training.locator_net import LocatorNet
    from tests.training.train_finder import tensor_of
    from tests.training.train_locator import Learning
    from tests.training.unfold import unfold

    torch.manual_seed(1)
    made = np.random.default_rng(1)
    batches: list[list[Table]] = [[(made.integers(0, 256, (64, 96, 3), np.uint8), [])] * 2 for _ in range(4)]
    pictures = [tensor_of([picture for picture, _ in batch]) for batch in batches]
    model = tmp_path / "begun.onnx"
    model.write_bytes(exported(LocatorNet(), ("planes", {0: "count", 2: "rows", 3: "columns"}), pictures))
    begun = LocatorNet()
    unfold(begun, model, pictures)
    run = Learning(tmp_path, 2)
    expected = dict((begun if share == 0 else run.average).named_parameters())
    expected = {name: weight.detach().clone() for name, weight in expected.items()}
    run.average_with(model, share, batches)
    for name, weight in run.average.named_parameters():
        torch.testing.assert_close(weight.detach(), expected[name])
    with torch.no_grad():
        given = run.average.quarter[0][0](torch.cat(pictures))
    torch.testing.assert_close(run.average.quarter[0][1].running_mean, given.mean(dim=(0, 2, 3)), atol=1e-4, rtol=1e-3)


def test_what_the_network_is_told_gives_the_cards_back() -> None:
    quads = [quad_from_box(20, 30, 120, 93), ((260.0, 150.0), (160.0, 160.0), (166.0, 222.0), (262.0, 214.0))]
    cores, counts, corners = maps_of(quads, SIDE)
    assert cores.sum() > 10
    assert (counts == 0).sum() > 10
    found = quads_of(np.concatenate([cores[None], corners * UNIT]), 1.0, 1.0)
    assert sorted(np.round(np.array([one.quad for one in found]), 1).tolist()) == sorted(np.array(quads).tolist())


def test_what_was_told_right_costs_less_than_what_was_told_wrong() -> None:
    torch = pytest.importorskip("torch")
    from tests.training.train_locator import loss_of

    cores, counts, corners = (torch.from_numpy(part)[None] for part in maps_of([quad_from_box(20, 30, 120, 93)], SIDE))
    right = torch.cat([(cores * 16 - 8)[:, None], corners], dim=1)
    wrong = torch.cat([(8 - cores * 16)[:, None], corners + 1], dim=1)
    assert float(loss_of(right, cores, counts, corners)) < 0.1
    assert float(loss_of(wrong, cores, counts, corners)) > 4

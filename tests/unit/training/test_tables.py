"""Tables that the locator learns from, and what it is told of them."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from idscan.core.geometry import quad_from_box
from idscan.engines.locator import quads_of
from tests.synth.scenes import make_scene
from tests.training.tables import UNIT, Stock, maps_of, set_table

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


def test_what_the_network_is_told_gives_the_cards_back() -> None:
    quads = [quad_from_box(20, 30, 120, 93), ((260.0, 150.0), (160.0, 160.0), (166.0, 222.0), (262.0, 214.0))]
    cores, counts, corners = maps_of(quads, SIDE)
    assert cores.sum() > 10
    assert (counts == 0).sum() > 10
    found = quads_of(np.concatenate([cores[None], corners * UNIT]), 1.0, 1.0)
    assert sorted(np.round(np.array([one.quad for one in found]), 1).tolist()) == sorted(np.array(quads).tolist())


def test_what_was_told_right_costs_less_than_what_was_told_wrong() -> None:
    torch = pytest.importorskip("torch")
    from tests.training.train_locator import loss_of  # noqa: PLC0415  needs torch

    cores, counts, corners = (torch.from_numpy(part)[None] for part in maps_of([quad_from_box(20, 30, 120, 93)], SIDE))
    right = torch.cat([(cores * 16 - 8)[:, None], corners], dim=1)
    wrong = torch.cat([(8 - cores * 16)[:, None], corners + 1], dim=1)
    assert float(loss_of(right, cores, counts, corners)) < 0.1
    assert float(loss_of(wrong, cores, counts, corners)) > 4

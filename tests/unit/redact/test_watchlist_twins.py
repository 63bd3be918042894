"""Which pictures count as copies of an exposed one."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from idscan.core.types import FileInfo
from idscan.redact.watchlist import find_near_duplicate
from idscan.vision.perceptual_hash import HASH_BITS
from tests.factories import chip_front, image

LOOK = Random(7).getrandbits(HASH_BITS)
EXPOSED = image("a.jpg", chip_front(), perceptual_hash=LOOK)
FULL = (1 << HASH_BITS) - 1


def changed(look: int, bits: int) -> int:
    """Return a look that differs in so many bits."""
    return look ^ ((1 << bits) - 1)


@pytest.mark.parametrize(("bits", "is_twin"), [(0, True), (16, True), (17, False), (60, False)])
def test_a_copy_differs_in_a_few_bits(bits: int, *, is_twin: bool) -> None:
    copy = image("b.jpg", perceptual_hash=changed(LOOK, bits))
    assert find_near_duplicate(copy, [EXPOSED]) is (EXPOSED if is_twin else None)


def test_a_copy_may_be_smaller_but_not_of_another_shape() -> None:
    small = image("b.jpg", perceptual_hash=LOOK, info=FileInfo("b", "JPEG", 800, 600))
    assert find_near_duplicate(small, [EXPOSED]) is EXPOSED
    cut = replace(small, info=FileInfo("b", "JPEG", 800, 640))
    assert find_near_duplicate(cut, [EXPOSED]) is None


def test_the_picture_most_alike_counts_whatever_the_order() -> None:
    copy = image("b.jpg", perceptual_hash=changed(LOOK, 3))
    nearer, farther = (
        image("c.jpg", chip_front(), perceptual_hash=changed(LOOK, 4)),
        image("d.jpg", chip_front(), perceptual_hash=LOOK),
    )
    assert find_near_duplicate(copy, [farther, nearer]) is nearer
    assert find_near_duplicate(copy, [nearer, farther]) is nearer


def test_an_exposed_picture_needs_no_twin() -> None:
    assert find_near_duplicate(replace(EXPOSED), [EXPOSED]) is None


@pytest.mark.parametrize("look", [None, 0, FULL, (1 << HASH_BITS // 8) - 1, FULL >> HASH_BITS // 8])
def test_a_picture_that_looks_like_nothing_is_nobodys_twin(look: int | None) -> None:
    assert find_near_duplicate(image("b.jpg", perceptual_hash=look), [replace(EXPOSED, perceptual_hash=look)]) is None


def test_a_picture_without_a_look_or_a_size_has_no_twins() -> None:
    copy = image("b.jpg", perceptual_hash=LOOK)
    assert find_near_duplicate(copy, [replace(EXPOSED, perceptual_hash=None)]) is None
    assert find_near_duplicate(copy, [replace(EXPOSED, info=FileInfo("a", "JPEG"))]) is None
    assert find_near_duplicate(replace(copy, info=FileInfo("b", "JPEG")), [EXPOSED]) is None
    assert find_near_duplicate(copy, []) is None

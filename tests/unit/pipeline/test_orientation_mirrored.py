"""Cards in a mirror, as selfie cameras keep them: read like any other, in places that run the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from idscan.core import geometry
from idscan.core.enums import Effort, Field, Side
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline.scan import scan_image
from tests.synth import small
from tests.synth.planted import encoded
from tests.synth.scenes import CARD_SCENES, make_scene

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import ImageResult

FACES = {Side.FRONT: small.front, Side.BACK: small.back}


def scanned(picture: Image.Image, folder: Path, effort: Effort = Effort.NORMAL) -> ImageResult:
    path = folder / "picture.png"
    path.write_bytes(encoded(picture, "PNG"))
    return scan_image(ImageRef(str(path)), Settings(effort=effort))


@pytest.mark.parametrize("effort", [Effort.NORMAL, pytest.param(Effort.THOROUGH, marks=pytest.mark.slow)])
@pytest.mark.parametrize("side", [Side.FRONT, Side.BACK])
def test_a_card_in_a_mirror_tells_what_it_tells_outside(tmp_path: Path, side: Side, effort: Effort) -> None:
    picture = FACES[side]()
    plain = scanned(picture, tmp_path, effort)
    seen = scanned(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), tmp_path, effort)
    (card,), (twin,) = plain.cards, seen.cards
    assert (card.mirrored, twin.mirrored) == (False, True)
    assert (twin.kind, twin.side) == (card.kind, card.side)
    values = {finding.field: finding.value for finding in card.findings}
    for field in (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH):
        assert {finding.field: finding.value for finding in twin.findings}[field] == values[field]
    back = geometry.quad_from_points((picture.width - x, y) for x, y in twin.quad)
    assert geometry.iou(back, card.quad) > 0.9
    assert np.abs(np.array(back[0]) - np.array(card.quad[0])).max() < 0.05 * picture.width


@pytest.mark.slow
def test_photographed_cards_in_a_mirror_are_read(tmp_path: Path) -> None:
    right = total = 0
    for i in range(12):
        scene = make_scene(CARD_SCENES[i % len(CARD_SCENES)], 53_000 + i)
        result = scanned(scene.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), tmp_path)
        numbers = {finding.value.reveal() for finding in result.all_findings if finding.value is not None}
        for card in scene.cards:
            expected = card.fields.get("number") or card.fields.get("old_number")
            if expected is not None and expected.value is not None:
                total += 1
                right += expected.value in numbers
    assert right >= 0.9 * total

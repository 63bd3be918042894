from __future__ import annotations

import io

import numpy as np
import pytest
import segno
from PIL import Image

from idscan.core import geometry
from idscan.engines.zxing import ZxingReader

PAYLOAD = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20062022"


def symbol(level: str) -> np.ndarray:
    buffer = io.BytesIO()
    segno.make(PAYLOAD, error=level, boost_error=False).save(buffer, kind="png", scale=4, border=6)
    return np.asarray(Image.open(buffer).convert("L"))


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("level", ["l", "m", "q", "h"])
def test_corners_are_those_of_the_symbol_as_it_is_read_turned_or_in_a_mirror(level: str, quarters: int) -> None:
    plain = symbol(level)
    side, rim = len(plain), 24
    corners = ((rim, rim), (side - rim, rim), (side - rim, side - rim), (rim, side - rim))
    for is_mirrored in (False, True):
        seen = np.ascontiguousarray(np.rot90(plain[:, ::-1] if is_mirrored else plain, -quarters))
        (reading,) = ZxingReader().read_symbols(seen)
        assert reading.payload is not None
        assert reading.payload.reveal() == PAYLOAD
        assert geometry.is_mirrored(reading.quad) is is_mirrored
        expected = [(side - x, y) if is_mirrored else (x, y) for x, y in corners]
        for _ in range(quarters):
            expected = [(side - y, x) for x, y in expected]
        assert np.abs(np.array(reading.quad) - np.array(expected)).max() < 4

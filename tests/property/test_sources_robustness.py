"""No bytes, however arranged, make the walk or the loader raise, and no file is lost on the way."""

from __future__ import annotations

import io
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, Skipped, Unreadable
from idscan.images.formats import handler_named
from idscan.images.load import load
from idscan.images.pixels import upright_layers
from idscan.images.signature import other_content, reason_to_skip, sniff
from idscan.images.walk import find_images

SETTINGS = Settings(max_pages=6)
moderate = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sample(format_name: str, mode: str = "RGB", pages: int = 1) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    images = [Image.fromarray(np.roll(pixels, shift, axis=0)).convert(mode) for shift in range(pages)]
    buffer = io.BytesIO()
    if pages == 1:
        images[0].save(buffer, format_name)
    else:
        images[0].save(buffer, format_name, save_all=True, append_images=images[1:])
    return buffer.getvalue()


SAMPLES = [
    *(sample(name) for name in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "PCX", "ICO")),
    *(sample(name, pages=3) for name in ("TIFF", "PNG", "WEBP", "AVIF")),
    sample("GIF", "P"),
    sample("GIF", "P", pages=3),
    sample("MPO", pages=2),
    sample("PNG", "I;16"),
    sample("TIFF", "LAB"),
    sample("JPEG", "CMYK"),
]


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """Draw a picture file that was cut, overwritten in places, or had bytes slipped in."""
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 4))):
        position = draw(st.integers(0, len(content) - 1))
        length = draw(st.sampled_from([1, 2, 4]))
        content[position : position + length] = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"\xff" * 4, b"\x00" * 4, struct.pack("<I", 2**31 - 1)]))
        )
        content = content or bytearray(b"\x00")
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def check_outcome(result: Frame | Unreadable) -> None:
    if isinstance(result, Unreadable):
        assert result.info.width is None
        assert result.problem.kind
        assert result.problem.message.endswith(".")
        return
    assert result.layers
    assert result.info.width
    assert result.info.height
    for layer in result.layers:
        assert layer.shape == result.layers[0].shape
        assert layer.dtype == np.uint8
        assert layer.flags.c_contiguous
        assert not layer.flags.writeable
    height, width = result.layers[0].shape[:2]
    assert (width, height) == (result.info.width, result.info.height) or result.scale < 1


@moderate
@given(content=st.one_of(mutilated(), mutilated(), st.binary(max_size=200)))
def test_every_file_named_like_a_picture_is_read_or_listed(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(content)
        found = list(find_images([folder], SETTINGS))
        assert found
        for item in found:
            assert item.path == str(path)
            if isinstance(item, ImageRef):
                check_outcome(load(item, SETTINGS))
        assert path.read_bytes() == content


@moderate
@given(content=mutilated(), page=st.integers(0, 5), pixels=st.sampled_from([100, 500, 10**8]))
def test_loading_never_raises_whatever_page_and_size_are_asked_for(content: bytes, page: int, pixels: int) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        check_outcome(load(ImageRef(file.name, page=page, pages=6), Settings(max_pixels=1000, working_pixels=pixels)))


@moderate
@given(head=st.binary(max_size=300), name=st.text(max_size=12))
def test_telling_content_never_raises(head: bytes, name: str) -> None:
    kind = sniff(head)
    assert reason_to_skip(head, name) is None or kind is None
    assert other_content(head) != ""


@moderate
@given(content=mutilated(), format_name=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"]))
def test_counting_pages_never_raises(content: bytes, format_name: str) -> None:
    assert handler_named(format_name).count_pages(io.BytesIO(content)) >= 1


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20).map(
    lambda text: text.encode()
) | st.binary(min_size=1, max_size=20).filter(lambda name: not set(name) & {0, 47})


@moderate
@given(tree=st.lists(st.lists(names, min_size=1, max_size=3), min_size=1, max_size=8))
def test_every_file_is_listed_once_and_in_order_whatever_its_name(tree: list[list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = set()
        for parts in tree:
            if {b".", b".."} & set(parts):
                continue
            path = b"/".join([os.fsencode(folder), *parts])
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "xb") as file:
                    file.write(b"\x00\x01")
            except OSError:
                # A file stands where a folder is wanted, or the other way round.
                continue
            written.add(path)
        found = list(find_images([folder], SETTINGS))
        paths = [os.fsencode(item.path) for item in found]
        assert set(paths) == written
        assert len(paths) == len(written)
        assert [item.path for item in found] == sorted(item.path for item in found)
        assert all(not item.is_unreadable for item in found if isinstance(item, Skipped))


@moderate
@given(
    width=st.integers(1, 60),
    height=st.integers(1, 60),
    share=st.floats(0.05, 1),
    orientation=st.integers(1, 8),
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "YCbCr", "LAB", "HSV"]),
)
def test_layers_of_any_picture_have_the_upright_size(
    width: int, height: int, share: float, orientation: int, mode: str
) -> None:
    reduced = (max(1, int(width * share)), max(1, int(height * share)))
    found = upright_layers(Image.new("RGB", (width, height), "orange").convert(mode), orientation, reduced)
    assert found[0].shape == ((*reduced, 3) if orientation >= 5 else (*reduced[::-1], 3))


@pytest.mark.parametrize("content", SAMPLES)
def test_the_samples_are_whole_before_they_are_mutilated(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(content)
    for item in find_images([path], SETTINGS):
        assert isinstance(item, ImageRef)
        assert isinstance(load(item, SETTINGS), Frame)

"""Every colour mode becomes RGB, and nothing stays hidden under transparency or in the low bits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.images.pixels import upright_layers


def gradient(width: int = 40, height: int = 24) -> Image.Image:
    row = np.linspace(0, 255, width, dtype=np.uint8)
    column = np.linspace(0, 255, height, dtype=np.uint8)
    pixels = np.stack(
        [np.tile(row, (height, 1)), np.tile(column[:, None], (1, width)), np.full((height, width), 60, np.uint8)],
        axis=2,
    )
    return Image.fromarray(pixels)


def with_hidden_text(text_colour: tuple[int, int, int, int], ground: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGBA", (120, 20), ground)
    ImageDraw.Draw(image).rectangle((10, 5, 60, 14), fill=text_colour)
    return image


def contrast(layer: np.ndarray) -> int:
    return int(layer.max()) - int(layer.min())


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"]
)
def test_modes_keep_what_they_show(mode: str) -> None:
    image = gradient()
    if mode in {"PA", "La", "RGBa"}:
        image = image.convert({"PA": "P", "La": "LA", "RGBa": "RGBA"}[mode])
    (layer,) = upright_layers(image.convert(mode), 1, (40, 24))
    assert layer.dtype == np.uint8
    assert layer.shape == (24, 40, 3)
    expected = np.asarray(gradient().convert(mode if mode == "1" else "L"), dtype=int) * (255 if mode == "1" else 1)
    grey = np.asarray(Image.fromarray(layer).convert("L"), dtype=int)
    # A palette of 216 colours is off by up to 25 levels; dithering spreads that.
    assert np.abs(grey - expected).mean() < (26 if mode in {"P", "PA"} else 4)


def test_lab_is_shown_in_its_colours() -> None:
    lab = Image.new("LAB", (8, 8), (200, 128, 128))
    lab.paste((60, 128, 128), (0, 0, 4, 8))
    (layer,) = upright_layers(lab, 1, (8, 8))
    assert layer[0, 0].max() < 90
    assert layer[0, 7].min() > 170


def test_layers_are_contiguous_and_read_only() -> None:
    for image in (gradient(), with_hidden_text((0, 0, 0, 255), (0, 0, 0, 0))):
        for layer in upright_layers(image, 6, image.size):
            assert layer.flags.c_contiguous
            assert not layer.flags.writeable


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(5, 7), (7, 2**16), (2**16, 7), (3, 2**18 + 1), (2**18 + 1, 3)])
def test_every_orientation_is_turned_upright(orientation: int, size: tuple[int, int]) -> None:
    # Of the larger ones, strips of a few rows, of one row, or of thousands are turned.
    upright = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    # The stored pixels whose rows and columns start where EXIF 2.32 says, written with numpy alone.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    image = Image.fromarray(np.ascontiguousarray(stored))
    (layer,) = upright_layers(image, orientation, image.size)
    assert np.array_equal(layer, upright)


def test_reduction_in_strips_is_the_reduction_of_the_whole() -> None:
    # So wide that a strip has a few rows.
    image = Image.fromarray(np.random.default_rng(2).integers(0, 256, (217, 30000, 3), np.uint8))
    whole = np.asarray(image.resize((20000, 144), Image.Resampling.HAMMING), dtype=int)
    (layer,) = upright_layers(image, 1, (20000, 144))
    assert np.abs(layer.astype(int) - whole).max() <= 2


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ((0, 0, 0, 255), (0, 0, 0, 0)),
        ((255, 255, 255, 255), (255, 255, 255, 0)),
        ((90, 90, 90, 0), (200, 200, 200, 0)),
        ((128, 128, 128, 40), (128, 128, 128, 250)),
    ],
    ids=["black on transparent black", "white on transparent white", "under full transparency", "in alpha alone"],
)
def test_text_that_transparency_hides_stands_out_in_some_layer(
    text: tuple[int, int, int, int], ground: tuple[int, int, int, int]
) -> None:
    found = upright_layers(with_hidden_text(text, ground), 1, (120, 20))
    assert max(contrast(layer) for layer in found) >= 50


def test_the_first_layer_is_the_stored_colour_under_transparency() -> None:
    first = upright_layers(with_hidden_text((90, 90, 90, 0), (200, 200, 200, 0)), 1, (120, 20))[0]
    assert first[10, 20].tolist() == [90, 90, 90]
    assert first[0, 0].tolist() == [200, 200, 200]


def test_transparency_that_changes_nothing_adds_no_layer() -> None:
    opaque = gradient().convert("RGBA")
    assert len(upright_layers(opaque, 1, opaque.size)) == 1
    almost = gradient().convert("RGBA")
    almost.putpixel((0, 0), (0, 0, 0, 0))
    assert len(upright_layers(almost, 1, almost.size)) == 1


def test_layers_alike_are_given_once() -> None:
    on_black = with_hidden_text((255, 255, 255, 255), (0, 0, 0, 0))
    found = upright_layers(on_black, 1, on_black.size)
    assert len(found) == 2
    assert found[1][0, 0].tolist() == [255, 255, 255]


def test_a_transparent_palette_colour_is_transparency() -> None:
    image = Image.new("P", (120, 20), 0)
    image.putpalette([0, 0, 0, 0, 0, 0])
    ImageDraw.Draw(image).rectangle((10, 5, 60, 14), fill=1)
    image.info["transparency"] = 0
    found = upright_layers(image, 1, image.size)
    assert contrast(found[0]) == 0
    assert max(contrast(layer) for layer in found) == 255


def test_a_transparent_grey_is_transparency() -> None:
    image = Image.new("L", (120, 20), 0)
    ImageDraw.Draw(image).rectangle((10, 5, 60, 14), fill=1)
    image.info["transparency"] = 0
    assert max(contrast(layer) for layer in upright_layers(image, 1, image.size)) >= 250


def sixteen_bits(low: int, high: int) -> Image.Image:
    return Image.fromarray(np.linspace(low, high, 40 * 24).reshape(24, 40).astype(np.uint16))


def test_sixteen_bits_are_shown_by_their_high_bits() -> None:
    (layer,) = upright_layers(sixteen_bits(0, 65535), 1, (40, 24))
    assert layer[0, 0, 0] == 0
    assert layer[-1, -1, 0] == 255
    assert abs(int(layer[12, 0, 0]) - 127) <= 2


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 4095), (30000, 30200)])
def test_sixteen_bits_in_a_small_range_are_stretched_as_well(low: int, high: int) -> None:
    stored, stretched = upright_layers(sixteen_bits(low, high), 1, (40, 24))
    assert contrast(stored) <= 16
    assert contrast(stretched) == 255


def test_one_hot_pixel_does_not_spoil_the_stretching() -> None:
    pixels = np.asarray(sixteen_bits(100, 300).resize((100, 100), Image.Resampling.NEAREST)).copy()
    pixels[0, 0] = 65535
    stretched = upright_layers(Image.fromarray(pixels), 1, (100, 100))[1]
    assert contrast(stretched[1:]) > 240


def test_an_even_sixteen_bit_area_is_not_stretched_into_noise() -> None:
    assert len(upright_layers(sixteen_bits(700, 700), 1, (40, 24))) == 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 255.0), (0.0, 65535.0), (-5.0, 5.0), (0.0, 1e30)])
def test_float_greys_of_any_range_are_shown(low: float, high: float) -> None:
    image = Image.fromarray(np.linspace(low, high, 40 * 24, dtype=np.float32).reshape(24, 40))
    layer = upright_layers(image, 1, (40, 24))[0]
    assert contrast(layer) >= 250


def test_floats_that_are_no_numbers_do_no_harm() -> None:
    pixels = np.linspace(0, 1, 40 * 24, dtype=np.float32).reshape(24, 40)
    pixels[3, :5] = [np.nan, np.inf, -np.inf, np.nan, np.inf]
    layer = upright_layers(Image.fromarray(pixels), 1, (40, 24))[0]
    assert contrast(layer) >= 250
    all_bad = Image.fromarray(np.full((4, 4), np.nan, dtype=np.float32))
    assert upright_layers(all_bad, 1, (4, 4))[0].shape == (4, 4, 3)


def test_wide_integers_are_shown() -> None:
    pixels = np.linspace(0, 2**31 - 1, 40 * 24).reshape(24, 40).astype(np.int32)
    assert contrast(upright_layers(Image.fromarray(pixels), 1, (40, 24))[0]) >= 250

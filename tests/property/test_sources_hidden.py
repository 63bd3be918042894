"""No bytes, however arranged, make the search beside the pixels raise."""

from __future__ import annotations

import io
import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from idscan.core.settings import Settings
from idscan.images.embedded import MIN_LENGTH, EmbeddedParts, embedded_parts, plain_text, text_runs

SETTINGS = Settings(max_pixels=100_000)
NOTE = b"<x:xmpmeta>made by nobody</x:xmpmeta>"


def sample(format_name: str) -> bytes:
    image = Image.linear_gradient("L").resize((64, 64)).convert("P" if format_name == "GIF" else "RGB")
    thumbnail = io.BytesIO()
    image.convert("RGB").save(thumbnail, "JPEG")
    exif = Image.Exif()
    exif[0x010E] = "made by nobody"
    exif.get_ifd(0x8769)[0x927C] = thumbnail.getvalue()
    options: dict[str, object] = {"exif": exif}
    if format_name == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", "made by nobody", zip=True)
        info.add_itxt("XML:com.adobe.xmp", NOTE.decode(), zip=True)
        options["pnginfo"] = info
    elif format_name == "GIF":
        options = {"comment": NOTE}
    elif format_name == "TIFF":
        options = {"tiffinfo": {700: NOTE, 270: "made by nobody", 330: 8}}
    else:
        options["xmp"] = NOTE
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue() + thumbnail.getvalue()


SAMPLES = [sample(name) for name in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")]


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 5))):
        position = draw(st.integers(0, min(len(content) - 1, draw(st.sampled_from([60, 400, 10**9])))))
        length = draw(st.sampled_from([1, 2, 4]))
        content[position : position + length] = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        )
    return bytes(content[: draw(st.integers(4, len(content)))] if draw(st.booleans()) else content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=mutilated())
def test_a_mutilated_file_raises_nothing(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        hidden = embedded_parts(file.name, SETTINGS)
    assert isinstance(hidden, EmbeddedParts)
    assert 0 <= hidden.trailing_bytes <= len(content)
    assert all(min(picture.layers[0].shape[:2]) >= 48 for picture in hidden.images)


@given(data=st.binary(max_size=200))
def test_runs_of_text_are_printable_and_long_enough(data: bytes) -> None:
    for text in (*text_runs(data), *plain_text(data)):
        assert len(text) >= MIN_LENGTH


@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_categories=["Cc"]), min_size=12))
def test_text_between_zeros_comes_back(text: str) -> None:
    if "&" not in text and text.strip() == text:
        assert text in text_runs(b"\0\1" + text.encode() + b"\0")

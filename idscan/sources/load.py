"""Decode one picture to upright RGB layers, or say why that is impossible."""

from __future__ import annotations

import hashlib
import os
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING

from idscan.core.results import FileInfo, Frame, ImageRef, Problem, Unreadable
from idscan.sources.completeness import ends_too_early
from idscan.sources.decode import (
    TooLargeError,
    check_is_whole,
    check_size,
    orientation,
    pillow_limits,
    quiet_stderr,
    reduced_size,
)
from idscan.sources.failures import (
    PARTLY_DECODED,
    problem_of_content,
    problem_of_decoding,
    problem_of_opening,
    problem_of_part,
)
from idscan.sources.files import open_readonly
from idscan.sources.full_size import FullSizeImage, FullSizeJpeg
from idscan.sources.layers import upright_layers, upright_size
from idscan.sources.leading import without_leading_bytes
from idscan.sources.pages import WHOLE_FILE_BYTES
from idscan.sources.partial import decode_partly, is_filled_up, without_filler
from idscan.sources.rescue import rescued
from idscan.sources.sequence import OpenFile, history_before, open_page
from idscan.sources.signature import HEAD_BYTES, SUPPORTED, sniff

if TYPE_CHECKING:
    from io import BufferedReader

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from idscan.core.results import FullSize
    from idscan.core.settings import Settings


_LEADING_BYTES = Problem(
    "load",
    "leading_bytes",
    "Other bytes stand before the image, which was read all the same; copy or download the file again.",
)


def load(ref: ImageRef, settings: Settings) -> Frame | Unreadable:
    """Return the pixels of one picture, upright, or why they cannot be had; a bad file raises nothing.

    Args:
        ref: which page of which file.
        settings: `max_pixels` refuses, `working_pixels` reduces, `max_pages` is what `walk` lists of one file.
    """
    info = FileInfo()
    try:
        with open_readonly(ref.path) as stream:
            identity = _identity(stream)
            info = FileInfo(_sha256(stream) if ref.pages == 1 else _sha256_of_pages(ref.path, identity))
            image, leading = without_leading_bytes(stream)
            head = image.read(HEAD_BYTES)
            format_name = sniff(head)
            info = FileInfo(info.sha256, format_name)
            if format_name not in SUPPORTED:
                return Unreadable(ref, info, problem_of_content(head, format_name))
            identity = (*identity, settings.working_pixels)
            file = OpenFile(image, format_name, identity[2] - len(leading), identity)
            loaded = _decode(file, ref, info, settings)
            if leading and isinstance(loaded, Frame):
                return replace(loaded, problems=(_LEADING_BYTES, *loaded.problems))
            return loaded
    except (OSError, ValueError) as error:
        return Unreadable(ref, info, problem_of_opening(error))


def _identity(stream: BufferedReader) -> tuple[int, ...]:
    status = os.fstat(stream.fileno())
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _sha256(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _sha256_of_pages(path: str, identity: tuple[int, ...]) -> str:  # noqa: ARG001  a changed file is another file
    """Return the digest of a file that will be loaded once for each of its pages."""
    with open_readonly(path) as stream:
        return _sha256(stream)


def _decode(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings) -> Frame | Unreadable:
    try:
        with pillow_limits(settings.max_pixels), quiet_stderr() if file.format == "TIFF" else nullcontext():
            try:
                frame = _frame(file, ref, info, settings)
                return _without_filler(frame, file, settings) if is_filled_up(file) else frame
            except (OSError, SyntaxError, ValueError) as error:
                if file.size > WHOLE_FILE_BYTES or isinstance(error, TooLargeError):
                    raise
                # A second failure says less about the file than the first.
                with suppress(OSError, SyntaxError, ValueError):
                    mended = rescued(file.stream, file.format)
                    if mended is not None:
                        return _frame(replace(file, stream=mended), ref, info, settings)
                with suppress(Exception):  # likewise
                    return _partial_frame(file, ref, info, settings, error)
                raise
    except Exception as error:  # noqa: BLE001  a hostile file makes a decoder raise anything, and must not end the run
        return Unreadable(ref, info, problem_of_decoding(error, is_cut_short=ends_too_early(file.stream, file.format)))


def _frame(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings) -> Frame:
    pages = min(ref.pages, settings.max_pages)
    history = history_before(file, ref.page, pages, partial(_upright, settings=settings))
    image = open_page(file, ref.page, pages)
    is_animation = ref.pages > 1
    check_size(image, settings.max_pixels, is_animation=is_animation)
    check_is_whole(image)
    full = image.size
    reduced = reduced_size(full, settings.working_pixels)
    if file.format == "JPEG" and reduced != full:
        # The decoder reduces while it transforms, in a fraction of the time and memory.
        image.draft(None, reduced)
        image.load()
    else:
        image.load()
        # Some decoders know or turn the size only now.
        check_size(image, settings.max_pixels, is_animation=is_animation)
        full = image.size
        reduced = reduced_size(full, settings.working_pixels)
    turn = orientation(image)
    layers = upright_layers(image, turn, reduced)
    like = history.likeness(ref.page, layers) if history is not None else None
    problems = _oddities(image, ref, settings)
    full_size: FullSize | None = None
    if reduced != full and file.format == "JPEG":
        file.stream.seek(0)
        full_size = FullSizeJpeg(file.stream.read(), full, turn)
    elif reduced != full:
        full_size = FullSizeImage(image, turn)
    return Frame(ref, _sized(info, full, turn), layers, max(reduced) / max(full), problems, like, full_size)


def _upright(image: Image.Image, settings: Settings) -> tuple[NDArray[np.uint8], ...]:
    """Return the layers of a frame of an animation."""
    check_size(image, settings.max_pixels, is_animation=True)
    image.load()
    check_size(image, settings.max_pixels, is_animation=True)
    return upright_layers(image, orientation(image), reduced_size(image.size, settings.working_pixels))


def _sized(info: FileInfo, full: tuple[int, int], turn: int) -> FileInfo:
    width, height = upright_size(full, turn)
    return replace(info, width=width, height=height)


def _without_filler(frame: Frame, file: OpenFile, settings: Settings) -> Frame:
    """Return a frame without the pixels that its decoder made of filler at the file's end."""
    if file.format == "JPEG":
        # Padding behind the end costs nothing of the image.
        with suppress(OSError, SyntaxError, ValueError):
            return _frame(replace(file, stream=BytesIO(without_filler(file.stream))), frame.ref, frame.info, settings)
    with suppress(Exception):  # what decoded once may be kept
        shorter = _partial_frame(file, frame.ref, frame.info, settings, EOFError())
        if file.format == "JPEG" or shorter.problems[0].share != 1:
            return shorter
    return frame


def _partial_frame(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings, error: Exception) -> Frame:
    """Return what can be decoded of a file that is cut short or damaged, with a problem that says how much it is."""
    problem = problem_of_decoding(error, is_cut_short=ends_too_early(file.stream, file.format))
    if problem.kind not in PARTLY_DECODED:
        raise error
    decoded = decode_partly(file, ref.page, settings)
    image, full = decoded.image, decoded.full
    reduced = reduced_size(full, settings.working_pixels)
    turn = orientation(image)
    layers = upright_layers(image, turn, reduced)
    problems = (problem_of_part(problem, decoded.share), *_oddities(image, ref, settings))
    return Frame(ref, _sized(info, full, turn), layers, max(reduced) / max(full), problems)


def _oddities(image: Image.Image, ref: ImageRef, settings: Settings) -> tuple[Problem, ...]:
    """Return what of the file is not among the pixels."""
    problems = []
    if ref.page == 0 and ref.pages > settings.max_pages:
        problems.append(
            Problem(
                "load",
                "pages_not_scanned",
                f"Only {settings.max_pages} of {ref.pages} pages are scanned; split the file to have all of them read.",
            )
        )
    if getattr(image, "layers", None) and image.format == "PSD":
        problems.append(
            Problem(
                "load",
                "layers_not_scanned",
                "Only the flattened picture is scanned; export the layers as pictures to have each of them read.",
            )
        )
    return tuple(problems)

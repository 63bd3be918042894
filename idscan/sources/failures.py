"""Why a picture could not be read, in words that say what to do next."""

from __future__ import annotations

import errno
import re

from PIL import Image

from idscan.core.results import Problem
from idscan.sources.decode import NoDecoderError, ThumbnailOnlyError, TooLargeError
from idscan.sources.files import NotAFileError
from idscan.sources.signature import other_content

_STAGE = "load"

_MESSAGES = {
    "not_found": "The file is no longer there; scan its folder again.",
    "no_permission": "There is no permission to read the file; change its permissions or run as a user who may.",
    "not_a_file": "This is not a file with content of its own; name a file or a folder.",
    "read_error": "The system could not read the file; check the disk or the connection and scan it again.",
    "empty": "The file is empty; copy or download it again.",
    "unrecognised": "The content is no known picture format; open it in a viewer and save it as JPEG or PNG.",
    "too_large": "The picture has more pixels than are read; raise --max-pixels, or use a smaller version of it.",
    "truncated": "The file ends before its picture does; copy or download it again.",
    "damaged": "The file is damaged or cut short; copy or download it again, or re-save it as JPEG or PNG.",
    "thumbnail_only": "Only a thumbnail of this camera raw file can be read; export it as JPEG or PNG and scan that.",
    "rare_variant": "This rare variant of the format cannot be decoded; convert it to JPEG or PNG and scan that.",
    "no_decoder": "The installed Pillow lacks the decoder for this format; install Pillow from its own wheel with pip.",
    "out_of_memory": "There is not enough memory to decode the picture; scan it alone or with fewer jobs.",
}

PARTLY_DECODED = frozenset({"truncated", "damaged"})
"""Kinds of problems of files that are decoded as far as that goes."""

_PART_MESSAGES = {
    "truncated": "The file ends before its image does: {percent} % of it could be read; copy or download it again.",
    "damaged": "The file is damaged: {percent} % of its image could be read; copy or download it again.",
}
_COARSE_MESSAGE = "The file ends before its image does, which could be read without its finest detail; copy it again."

_OPENING_KINDS = {
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.ENAMETOOLONG: "not_found",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EISDIR: "not_a_file",
}

_DECODING_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((TooLargeError, Image.DecompressionBombError), "too_large"),
    ((ThumbnailOnlyError,), "thumbnail_only"),
    ((NoDecoderError,), "no_decoder"),
    ((NotImplementedError,), "rare_variant"),
    ((MemoryError,), "out_of_memory"),
    ((EOFError,), "truncated"),
)

# What Pillow says when the data ends too early or is of a rare kind; it has no exception types of its own for that.
_DECODING_TEXTS = (
    (re.compile(r"truncat|unexpected end|not large enough|end of file", re.IGNORECASE), "truncated"),
    (re.compile(r"unsupported|not supported|unknown (?:compression|pixel|data)", re.IGNORECASE), "rare_variant"),
)

_KINDS = dict.fromkeys(("thumbnail_only", "no_decoder", "rare_variant"), "unsupported_format")
"""Reasons that are told apart in words only."""


def problem_of_opening(error: OSError | ValueError) -> Problem:
    """Return why the file's bytes cannot be had."""
    if isinstance(error, NotAFileError):
        return _problem("not_a_file")
    if not isinstance(error, OSError):
        return _problem("not_found")
    return _problem(_OPENING_KINDS.get(error.errno or 0, "read_error"))


def problem_of_content(head: bytes, format_name: str | None) -> Problem:
    """Return why a file that begins with these bytes is not decoded."""
    if format_name:
        return Problem(
            _STAGE,
            "unsupported_format",
            f"{format_name} pictures cannot be decoded here; convert it to JPEG or PNG and scan that.",
        )
    if not head:
        return _problem("empty")
    content = other_content(head)
    if content:
        return Problem(_STAGE, "unrecognised", f"The content is {content}, not a picture; give it its proper name.")
    return _problem("unrecognised")


def problem_of_decoding(error: Exception, *, is_cut_short: bool) -> Problem:
    """Return why the pixels cannot be had. The error's own text stays out: it may quote the file.

    Args:
        error: what the decoder raised.
        is_cut_short: whether the file is shorter than its headers say; decides where the error tells nothing.
    """
    for types, reason in _DECODING_REASONS:
        if isinstance(error, types):
            return _problem(reason)
    text = str(error)
    otherwise = "truncated" if is_cut_short else "damaged"
    return _problem(next((reason for pattern, reason in _DECODING_TEXTS if pattern.search(text)), otherwise))


def problem_of_part(problem: Problem, share: float) -> Problem:
    """Return what there is to say of an image that could be decoded in part.

    Args:
        problem: why not in full.
        share: how much of its height was decoded, 0 to 1.
    """
    # Rounded down: the last rows are not all there.
    message = _PART_MESSAGES[problem.kind] if share < 1 else _COARSE_MESSAGE
    return Problem(_STAGE, problem.kind, message.format(percent=int(100 * share)), share=round(share, 3))


def _problem(reason: str) -> Problem:
    return Problem(_STAGE, _KINDS.get(reason, reason), _MESSAGES[reason])

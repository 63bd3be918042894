"""Choose output names; replace names that contain personal data.

Names are compared as the least strict file systems do (macOS and Windows ignore case and compose letters), so that a
folder of results can be copied anywhere without one image taking the place of another.
"""

from __future__ import annotations

import os
import posixpath
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from idscan.images.signature import has_image_suffix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.run.pii_matcher import PiiMatcher

TEMPORARY_FOLDER = ".idscan-tmp"
"""Folder of unfinished files; it holds no result and no source."""
_MOST_NAME_BYTES = 255
"""NAME_MAX of nearly every file system."""
_MOST_SUFFIX_BYTES = 32
"""Longest suffix that is kept when a name is shortened. With fewer bytes a real suffix would be cut; with more, a name
with an early dot could be left without a stem."""
_MOST_TRIES = 100
"""Numbers tried for a generated name that resembles no value of the run. With fewer, a name that resembles one is used
where another was free; with more, a run whose values match every name takes longer."""


@dataclass(frozen=True, slots=True)
class Target:
    """Destination of the result of one file.

    Attributes:
        path: relative, with forward slashes; undecodable bytes as surrogates, as in `ImageRef.path`.
        is_renamed: whether it differs from the path of the source below `root`.
        source: path of the file, as in `ImageRef.path`.
        root: the folder that the source was found in: the outermost one among the arguments, or the folder of a file
            that was named itself. In place, `path` is relative to it.
    """

    path: str
    is_renamed: bool = False
    source: str = ""
    root: str = ""

    @property
    def source_path(self) -> str:
        """The path of the source, relative to the root."""
        return "/".join(PurePosixPath(self.source).parts[len(PurePosixPath(self.root).parts) :])


def plan_targets(sources: Sequence[str], arguments: Sequence[str], pii: PiiMatcher) -> dict[str, Target]:
    """Return a target below one output folder for each source; no two are alike.

    Of several sources with one name the first in sorted order keeps it, the others get a number. Folders and files
    whose name contains personal data get a neutral name. The same sources, arguments and values give the same targets,
    in whatever order they come.

    Args:
        sources: paths of files, as in `ImageRef.path`.
        arguments: what the user named: files, and folders that hold sources.
        pii: values that no name may contain.
    """
    return _Planner(pii, is_in_place=False).plan(sources, arguments)


def plan_in_place(sources: Sequence[str], arguments: Sequence[str], pii: PiiMatcher) -> dict[str, Target]:
    """Return a target below its own root for each source: the source itself, unless its name contains personal data.

    Args:
        sources: paths of files, as in `ImageRef.path`.
        arguments: what the user named: files, and folders that hold sources.
        pii: values that no name may contain.
    """
    return _Planner(pii, is_in_place=True).plan(sources, arguments)


def is_temporary(path: str) -> bool:
    """Return whether a path lies in a folder of unfinished files, left by an interrupted run.

    >>> is_temporary("pictures/.idscan-tmp/3f2a"), is_temporary("pictures/a.jpg")
    (True, False)
    """
    return any(_alike(part).startswith(TEMPORARY_FOLDER) for part in path.split("/"))


@lru_cache(maxsize=4096)
def _alike(text: str) -> str:
    """Return a key that is equal for names that some file system treats as the same (Unicode 3.13, D145)."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", folded)


@dataclass(frozen=True, slots=True)
class _Located:
    """A source, and the parts of its path below its root."""

    source: str
    root: PurePosixPath
    parts: tuple[str, ...]

    def above(self, depth: int) -> tuple[str, ...]:
        """Return the full parts of the folder, or the file, at a depth below the root."""
        return (*self.root.parts, *self.parts[:depth])


def _locate(source: str, roots: frozenset[tuple[str, ...]]) -> _Located:
    """Return where a source lies below the outermost root that contains it, else below its own folder."""
    # Only "." and needless slashes are dropped: ".." after a symbolic link is not the parent folder in the text.
    parts = PurePosixPath(source).parts
    for depth in range(len(parts)):
        below = parts[depth:]
        if parts[:depth] in roots and ".." not in below and not below[0].startswith("/"):
            return _Located(source, PurePosixPath(*parts[:depth]), below)
    return _Located(source, PurePosixPath(*parts[:-1]), parts[-1:])


class _Planner:
    """Choice of the names of one run."""

    def __init__(self, pii: PiiMatcher, *, is_in_place: bool) -> None:
        self._pii = pii
        self._is_in_place = is_in_place
        self._part_has_pii: dict[str, bool] = {}
        self._with_pii: set[tuple[str, ...]] = set()
        self._original_names: set[str] = set()
        self._folders: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()
        self._next_number: dict[str, int] = {}
        self._generated_count = 0

    def plan(self, sources: Sequence[str], arguments: Sequence[str]) -> dict[str, Target]:
        roots = frozenset(PurePosixPath(argument).parts for argument in arguments)
        located = [_locate(source, roots) for source in sorted(set(sources))]
        for item in located:
            self._note(item)
        for item in located:
            self._name_folders(item)
        # Names that stay come first, so that no generated one takes their place.
        found: dict[str, Target] = {}
        for has_pii in (False, True):
            for item in located:
                if (item.above(len(item.parts)) in self._with_pii) is has_pii:
                    found[item.source] = self._target(item, has_pii=has_pii)
        return {item.source: found[item.source] for item in located}

    def _note(self, item: _Located) -> None:
        """Note which names in the path of a file contain personal data; that of a folder counts for all its files."""
        spans = self._pii.find("/".join(item.parts))
        start = 0
        for depth, part in enumerate(item.parts, 1):
            stop = start + len(part)
            if self._has_pii(part) or any(first < stop and start < last for first, last in spans):
                self._with_pii.add(item.above(depth))
            self._original_names.add(_alike(part))
            start = stop + 1

    def _has_pii(self, part: str) -> bool:
        known = self._part_has_pii.get(part)
        if known is None:
            known = self._part_has_pii[part] = is_temporary(part) or bool(self._pii.find(part))
        return known

    def _name_folders(self, item: _Located) -> None:
        parent = ""
        for depth in range(1, len(item.parts)):
            folder = item.above(depth)
            if folder not in self._folders:
                has_pii = folder in self._with_pii
                name = self._generated(item, parent, "") if has_pii else item.parts[depth - 1]
                self._folders[folder] = posixpath.join(parent, name)
                self._taken.add(self._key(item, self._folders[folder]))
            parent = self._folders[folder]

    def _target(self, item: _Located, *, has_pii: bool) -> Target:
        parent = self._folders.get(item.above(len(item.parts) - 1), "")
        path = None if has_pii else self._own_name(item, parent)
        if path is None:
            suffix = posixpath.splitext(item.parts[-1])[1] if has_image_suffix(item.parts[-1]) else ""
            path = posixpath.join(parent, self._generated(item, parent, suffix))
        self._taken.add(self._key(item, path))
        return Target(path, path != "/".join(item.parts), item.source, str(item.root))

    def _own_name(self, item: _Located, parent: str) -> str | None:
        """Return a path with the file's own name, numbered if needed; None if it then contains personal data."""
        original = "/".join(item.parts)
        if self._is_in_place and posixpath.join(parent, item.parts[-1]) == original:
            return original
        base = self._key(item, posixpath.join(parent, item.parts[-1]))
        number = self._next_number.get(base, 1)
        while self._key(item, path := posixpath.join(parent, numbered_name(item.parts[-1], number))) in self._taken:
            number += 1
        self._next_number[base] = number + 1
        # The number, or the new name of a folder, may complete digits to the form of a citizen number.
        return path if path == original or not self._pii.find(path) else None

    def _generated(self, item: _Located, parent: str, suffix: str) -> str:
        """Return the next neutral name."""
        tries = 0
        while True:
            self._generated_count += 1
            name = f"renamed-{self._generated_count}{suffix}"
            path = posixpath.join(parent, name)
            if _alike(name) in self._original_names or self._key(item, path) in self._taken:
                continue
            tries += 1
            if tries == _MOST_TRIES or not self._pii.find(path):
                return name

    def _key(self, item: _Located, path: str) -> str:
        """Return the key that must differ between two targets."""
        # In place, each root stays on its file system, where the names that stay differ already.
        return str(item.root / path) if self._is_in_place else _alike(path)


def numbered_name(name: str, number: int) -> str:
    """Return a name with a number before its suffix, none for 1, shortened to what a file system accepts."""
    stem, suffix = posixpath.splitext(name)
    if len(os.fsencode(suffix)) > _MOST_SUFFIX_BYTES:
        stem, suffix = name, ""
    ending = suffix if number == 1 else f"-{number}{suffix}"
    return next(short for short in _cut(stem) if len(os.fsencode(short + ending)) <= _MOST_NAME_BYTES) + ending


def _cut(text: str) -> Iterator[str]:
    """Yield the text, and then each shorter prefix of it."""
    return (text[: len(text) - dropped] for dropped in range(len(text) + 1))

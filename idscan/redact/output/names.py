"""Choose output names; replace names that contain personal data.

Names are compared as the least careful file systems do (macOS and Windows know no case and compose letters), so that
a folder of results can be copied anywhere without one picture taking the place of another.
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
"""Folder of unfinished files; no result and no source lies in one."""

_MOST_NAME_BYTES = 255
"""NAME_MAX of nearly every file system."""

_MOST_SUFFIX_BYTES = 32
"""What is longer behind the last dot is no suffix to keep."""

_MOST_TRIES = 100
"""So many numbers are tried for a made-up name that looks like none of the run's values: more than any run needs."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the result of one file goes.

    Attributes:
        path: relative, with forward slashes; undecodable bytes as surrogates, as in `ImageRef.path`.
        is_renamed: whether it differs from the way of the source below `root`.
        source: path of the file, as in `ImageRef.path`.
        root: the folder that the source was found in: the outermost one among the arguments, or the own folder of a
            file that was named itself. In place, `path` lies below it.
    """

    path: str
    is_renamed: bool = False
    source: str = ""
    root: str = ""

    @property
    def way(self) -> str:
        """The way of the source below the root."""
        return "/".join(PurePosixPath(self.source).parts[len(PurePosixPath(self.root).parts) :])


def plan_targets(sources: Sequence[str], arguments: Sequence[str], traces: PiiMatcher) -> dict[str, Target]:
    """Return a target below one output folder for each source; no two are alike.

    Of several sources with one name the first in sorted order keeps it, the others get a number. Folders and files
    whose name holds one of the traces get a name that says nothing. The same sources, arguments and traces give the
    same targets, in whatever order they come.

    Args:
        sources: paths of files, as in `ImageRef.path`.
        arguments: what the user named: files, and folders that hold sources.
        traces: what no name may tell.
    """
    return _Planner(traces, is_in_place=False).plan(sources, arguments)


def plan_in_place(sources: Sequence[str], arguments: Sequence[str], traces: PiiMatcher) -> dict[str, Target]:
    """Return a target below its own root for each source: itself, unless its name holds one of the traces.

    Args:
        sources: paths of files, as in `ImageRef.path`.
        arguments: what the user named: files, and folders that hold sources.
        traces: what no name may tell.
    """
    return _Planner(traces, is_in_place=True).plan(sources, arguments)


def is_temporary(path: str) -> bool:
    """Return whether a path lies in a folder of unfinished files, left behind by a run that was cut off.

    >>> is_temporary("pictures/.idscan-tmp/3f2a"), is_temporary("pictures/a.jpg")
    (True, False)
    """
    return any(_alike(part).startswith(TEMPORARY_FOLDER) for part in path.split("/"))


@lru_cache(maxsize=4096)
def _alike(text: str) -> str:
    """Return what is equal for names that some file system takes for the same (Unicode 3.13, D145)."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", folded)


@dataclass(frozen=True, slots=True)
class _Located:
    """A source, and its way as parts below its root, which is given as parts as well."""

    source: str
    root: PurePosixPath
    parts: tuple[str, ...]

    def above(self, depth: int) -> tuple[str, ...]:
        """Return what tells the folder, or the file, that so many of the parts lead to."""
        return (*self.root.parts, *self.parts[:depth])


def _locate(source: str, roots: frozenset[tuple[str, ...]]) -> _Located:
    """Return where a source lies below the outermost root that holds it, else below its own folder."""
    # Only "." and needless slashes are dropped: ".." behind a symbolic link leads elsewhere than its text says.
    parts = PurePosixPath(source).parts
    for depth in range(len(parts)):
        way = parts[depth:]
        if parts[:depth] in roots and ".." not in way and not way[0].startswith("/"):
            return _Located(source, PurePosixPath(*parts[:depth]), way)
    return _Located(source, PurePosixPath(*parts[:-1]), parts[-1:])


class _Planner:
    """Gives out names for one run."""

    def __init__(self, traces: PiiMatcher, *, is_in_place: bool) -> None:
        self._traces = traces
        self._is_in_place = is_in_place
        self._part_tells: dict[str, bool] = {}
        self._telling: set[tuple[str, ...]] = set()
        self._original_names: set[str] = set()
        self._folders: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()
        self._next_number: dict[str, int] = {}
        self._renamed = 0

    def plan(self, sources: Sequence[str], arguments: Sequence[str]) -> dict[str, Target]:
        roots = frozenset(PurePosixPath(argument).parts for argument in arguments)
        located = [_locate(source, roots) for source in sorted(set(sources))]
        for item in located:
            self._note(item)
        for item in located:
            self._name_folders(item)
        # Names that stay come first, so that no made-up one takes their place.
        found: dict[str, Target] = {}
        for telling in (False, True):
            for item in located:
                if (item.above(len(item.parts)) in self._telling) is telling:
                    found[item.source] = self._target(item, is_telling=telling)
        return {item.source: found[item.source] for item in located}

    def _note(self, item: _Located) -> None:
        """Note which of the names on the way to a file tell something; a folder's, then, for all files in it."""
        spans = self._traces.find("/".join(item.parts))
        start = 0
        for depth, part in enumerate(item.parts, 1):
            stop = start + len(part)
            if self._tells(part) or any(first < stop and start < last for first, last in spans):
                self._telling.add(item.above(depth))
            self._original_names.add(_alike(part))
            start = stop + 1

    def _tells(self, part: str) -> bool:
        known = self._part_tells.get(part)
        if known is None:
            known = self._part_tells[part] = is_temporary(part) or bool(self._traces.find(part))
        return known

    def _name_folders(self, item: _Located) -> None:
        parent = ""
        for depth in range(1, len(item.parts)):
            folder = item.above(depth)
            if folder not in self._folders:
                is_telling = folder in self._telling
                name = self._made_up(item, parent, "") if is_telling else item.parts[depth - 1]
                self._folders[folder] = posixpath.join(parent, name)
                self._taken.add(self._key(item, self._folders[folder]))
            parent = self._folders[folder]

    def _target(self, item: _Located, *, is_telling: bool) -> Target:
        parent = self._folders.get(item.above(len(item.parts) - 1), "")
        path = None if is_telling else self._own_name(item, parent)
        if path is None:
            suffix = posixpath.splitext(item.parts[-1])[1] if has_image_suffix(item.parts[-1]) else ""
            path = posixpath.join(parent, self._made_up(item, parent, suffix))
        self._taken.add(self._key(item, path))
        return Target(path, path != "/".join(item.parts), item.source, str(item.root))

    def _own_name(self, item: _Located, parent: str) -> str | None:
        """Return a path with the file's own name, with a number if need be; None if it then tells something."""
        original = "/".join(item.parts)
        if self._is_in_place and posixpath.join(parent, item.parts[-1]) == original:
            return original
        base = self._key(item, posixpath.join(parent, item.parts[-1]))
        number = self._next_number.get(base, 1)
        while self._key(item, path := posixpath.join(parent, numbered_name(item.parts[-1], number))) in self._taken:
            number += 1
        self._next_number[base] = number + 1
        # The number, or a folder's new name, may complete what looks like a citizen number.
        return path if path == original or not self._traces.find(path) else None

    def _made_up(self, item: _Located, parent: str, suffix: str) -> str:
        """Return the next name without a meaning."""
        tries = 0
        while True:
            self._renamed += 1
            name = f"renamed-{self._renamed}{suffix}"
            path = posixpath.join(parent, name)
            if _alike(name) in self._original_names or self._key(item, path) in self._taken:
                continue
            tries += 1
            if tries == _MOST_TRIES or not self._traces.find(path):
                return name

    def _key(self, item: _Located, path: str) -> str:
        """Return what must differ between two targets."""
        # In place the roots lie on one file system with all their neighbours, whose names differ already.
        return str(item.root / path) if self._is_in_place else _alike(path)


def numbered_name(name: str, number: int) -> str:
    """Return a file's name with a number before its suffix, none for 1, shortened to what a file system takes."""
    stem, suffix = posixpath.splitext(name)
    if len(os.fsencode(suffix)) > _MOST_SUFFIX_BYTES:
        stem, suffix = name, ""
    ending = suffix if number == 1 else f"-{number}{suffix}"
    return next(short for short in _cut(stem) if len(os.fsencode(short + ending)) <= _MOST_NAME_BYTES) + ending


def _cut(text: str) -> Iterator[str]:
    """Yield the text, and then shorter and shorter beginnings of it."""
    return (text[: len(text) - dropped] for dropped in range(len(text) + 1))

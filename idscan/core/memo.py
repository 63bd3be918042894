"""Remember the results of pure functions, and keep files open, while one image is processed.

Recognised texts are secrets: a cache that outlives its image would keep them in memory.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_MOST_RESULTS = 8192
"""Results kept. With fewer, lines of a full page are read and searched again; with more, a redaction of many images in
one process takes more memory, about 2 kB each."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Results and open files.

    Attributes:
        results: by function and arguments.
        files: open files by path, the one that was opened last at the end.
        closing: closes them.
    """

    results: dict[Hashable, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)


_memory: ContextVar[Memory | None] = ContextVar("image_memory", default=None)


@contextmanager
def image_memory() -> Iterator[None]:
    """Keep the results of `remembered` functions until the block ends; nested blocks share the outer memory."""
    if _memory.get() is not None:
        yield
        return
    memory = Memory()
    token = _memory.set(memory)
    try:
        with memory.closing:
            yield
    finally:
        _memory.reset(token)


def current_memory() -> Memory | None:
    """Return the memory of the image that is being processed, None outside `image_memory`."""
    return _memory.get()


def recalled(key: Hashable, compute: Callable[[], Result]) -> Result:
    """Return the result for a key, computed once per image; outside `image_memory` every call computes."""
    memory = _memory.get()
    if memory is None:
        return compute()
    if key not in memory.results:
        result = compute()
        if len(memory.results) >= _MOST_RESULTS:
            memory.results.clear()
        memory.results[key] = result
        return result
    known: Result = memory.results[key]
    return known


def remembered(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compute each call of a pure function with hashable arguments once per image; outside `image_memory`, always."""

    @wraps(function)
    def recall(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return recalled((function, args, tuple(sorted(kwargs.items()))), lambda: function(*args, **kwargs))

    return recall

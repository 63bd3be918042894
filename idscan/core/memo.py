"""Remember the results of pure functions while one image is processed.

Recognised texts are secrets: a cache that outlives its image would keep them in memory.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_memory: ContextVar[dict[Hashable, Any] | None] = ContextVar("image_memory", default=None)


@contextmanager
def image_memory() -> Iterator[None]:
    """Keep the results of `remembered` functions until the block ends; nested blocks share the outer memory."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compute each call of a pure function with hashable arguments once per image; outside `image_memory`, always."""

    @wraps(function)
    def recall(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        memory = _memory.get()
        if memory is None:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in memory:
            memory[key] = function(*args, **kwargs)
        result: Result = memory[key]
        return result

    return recall

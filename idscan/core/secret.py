"""Text that was read from a picture and must not leave by accident."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Self

_PROCESS_KEY = secrets.token_bytes(32)


class Secret:
    """Text read from a picture: masked when shown, readable only through `reveal()`.

    Two secrets are equal when their text is. The hash is keyed per process, so it cannot be turned back
    into one of the 10^6 numbers that share a visible prefix.

    >>> Secret("001099000001")
    Secret('***')
    >>> f"{Secret('001099000001')}"
    '***'
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        """Wrap the text."""
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """Return the text itself. Only cards, report and redact may call this."""
        return self._text

    def fingerprint(self, key: bytes) -> str:
        """Return an HMAC-SHA-256 of the text in hex, for comparison under a key that is never stored."""
        return hmac.new(key, self._text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()

    def __setattr__(self, name: str, value: object) -> None:
        message = "a Secret does not change"
        raise AttributeError(message)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return int(self.fingerprint(_PROCESS_KEY)[:15], 16)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return (type(self), (self._text,))

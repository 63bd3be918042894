"""Words for people, in their language; machine formats never use them."""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

DOMAIN = "idscan"
LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"


@lru_cache(maxsize=1)
def _catalogue() -> gettext.NullTranslations:
    """Return the messages of the language that LANGUAGE, LC_ALL, LC_MESSAGES or LANG asks for, else English."""
    return gettext.translation(DOMAIN, LOCALE_FOLDER, fallback=True)


def forget_language() -> None:
    """Look at the environment again before the next message."""
    _catalogue.cache_clear()


def _(message: str) -> str:
    """Return a message in the reader's language."""
    # gettext answers the empty message with the catalogue's header.
    return _catalogue().gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a message that suits a count, in the reader's language."""
    return _catalogue().ngettext(one, many, count)


def N_(message: str) -> str:  # noqa: N802  gettext's customary mark for messages that are translated later
    """Mark a message for the catalogue and return it as it is."""
    return message

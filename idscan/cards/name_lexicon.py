"""How likely each syllable is in a name, for readers to weigh against what they see."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.folding import fold_upper
from idscan.cards.name_tables import FAMILY_NAME_SHARES, GIVEN_NAMES, HIGHLAND_NAMES
from idscan.cards.spelling import all_spellings

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUST = 0.5
"""Of the logarithms: less than all, since what is seen counts for more than what people are usually called."""
_UNLISTED_FAMILY, _UNLISTED_GIVEN = 0.004, 0.01


@cache
def first_words() -> Mapping[str, float]:
    """Return for every word the logarithm of how likely a name begins with it, 0 for the likeliest."""
    return _weights(FAMILY_NAME_SHARES, _UNLISTED_FAMILY)


@cache
def further_words() -> Mapping[str, float]:
    """Return for every word the logarithm of how likely it is a middle or given name, 0 for the likeliest."""
    return _weights(GIVEN_NAMES, _UNLISTED_GIVEN)


@cache
def unmarked_words() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the same for further words and for first ones as they are written without marks."""
    return _unmarked(further_words()), _unmarked(first_words())


def _unmarked(marked: Mapping[str, float]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word, weight in marked.items():
        plain = fold_upper(word)
        weights[plain] = max(weight, weights.get(plain, weight))
    return weights


def _weights(known: Mapping[str, float], unlisted: float) -> dict[str, float]:
    top = max(known.values())
    # Marks of the sex before a name (H', K') are joined to it, in as many ways as there are names.
    highland = (word for word in HIGHLAND_NAMES if word.isalpha())
    return {word: _TRUST * math.log(known.get(word, unlisted) / top) for word in (*all_spellings(), *highland)}

"""QR codes that no other decoder reads, module by module: tiny ones, soft ones, and those covered in part."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.payloads import parse_payload
from idscan.core.readings import SymbolReading
from idscan.core.secret import Secret
from idscan.engines import soft_qr
from idscan.vision import unmix
from idscan.vision.lattice import UNKNOWN, fit_outline, fixed_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.vision.finders import Outline
    from idscan.vision.lattice import Lattice
    from idscan.vision.unmix import Estimate

ENGINE = "soft-qr"
LIKE_A_CODE = 0.9  # codes under any blur score 0.93 to 0.98 on made-up cards, all else up to 0.88
_LIKE_A_COVERED_CODE = 0.92  # the fewer patterns count, the easier something else fits them
WORTH_FITTING = 0.8  # of 282 pictures without a code none has more at first sight; codes covered by 15 % have 0.82
EXPECTED_WORTH_FITTING = 0.6  # where something else says that there is a code
_TRIES_OF_A_FIT = 4  # a fit takes as long as some solutions
_WORTH_SOLVING = 0.8  # codes with one finder pattern covered score 0.83 to 0.9
_SIGMAS = (0.35, 0.5, 0.2, 0.7)  # modules
_NEAR_SIGMAS = (-0.08, 0.0, 0.08)
_STIFFNESS = 3e-3
_ROUNDS = 40
_ALIGNMENTS = 2
_HOPELESS = 0.2  # of the contrast: the grid does not lie where the code is, or there is none
_SURE_OF_A_CARD = 24.0  # bits: some hundred tries leave 1 in 100,000 of a false payload
_MARKS = " |,./-+()&'’:;\""
_SURE_OF_ANYTHING = 40.0  # bits of evidence with which a payload counts that is no card's


@dataclass(slots=True)
class Tries:
    """How many more guesses at modules may be made for one picture; the same number gives the same result."""

    left: int


def read_outlines(part: NDArray[np.uint8], outlines: Iterable[Outline], tries: Tries) -> SymbolReading | None:
    """Return the code in a small part of a picture, read module by module.

    Args:
        part: uint8 array of shape (height, width), a code with some ground around it.
        outlines: where it may lie, those that are worth a fit, as `idscan.vision.finders.find_outlines` returns them.
        tries: is counted down.

    Returns:
        The decoded code in pixels of the part; one that is seen and cannot be decoded; or None.
    """
    best: Lattice | None = None
    for outline in outlines:
        if tries.left <= 0:
            break
        tries.left -= _TRIES_OF_A_FIT
        lattice = fit_outline(part, outline.quad, outline.modules, outline.hidden)
        if lattice.score < _WORTH_SOLVING:
            continue
        symbol = read_lattice(part, lattice, tries)
        if symbol is not None:
            return symbol
        is_code = lattice.score > (LIKE_A_CODE if outline.hidden is None else _LIKE_A_COVERED_CODE)
        if is_code and (best is None or lattice.score > best.score):
            best = lattice
    return SymbolReading("qr", None, best.quad, ENGINE, best.modules) if best is not None else None


def read_lattice(grey: NDArray[np.uint8], lattice: Lattice, tries: Tries) -> SymbolReading | None:
    """Return the code on a grid if its modules can be told, under any blur that a lens or a resizing leaves.

    Args:
        grey: uint8 array of shape (height, width).
        lattice: where the modules lie.
        tries: is counted down.
    """
    sigmas: Sequence[float] = _SIGMAS
    for _ in range(_ALIGNMENTS + 1):
        samples = unmix.rectified(grey, lattice)
        fits: list[tuple[float, float, unmix.Observation, unmix.Estimate]] = []
        for sigma in sigmas:
            if tries.left <= 0:
                return None
            tries.left -= 1
            observed = unmix.blurred(samples, lattice, sigma)
            estimate = unmix.solve(observed, _STIFFNESS, _ROUNDS)
            symbol = decoded(estimate, lattice)
            if symbol is not None:
                return symbol
            fits.append((estimate.misfit, sigma, observed, estimate))
        misfit, sigma, observed, estimate = min(fits, key=lambda fit: fit[0])
        if misfit > _HOPELESS:
            return None
        lattice = unmix.aligned(samples, lattice, observed, estimate)
        sigmas = [max(sigma + step, _SIGMAS[2]) for step in _NEAR_SIGMAS]
    return None


def decoded(estimate: Estimate, lattice: Lattice) -> SymbolReading | None:
    """Return the code whose modules an estimate gives, None where that is no payload or one put right by chance.

    Args:
        estimate: of the modules.
        lattice: where they lie.
    """
    certainty = unmix.certainty(estimate)
    decoding = soft_qr.decode(certainty, fixed_modules(lattice.modules) != UNKNOWN)
    if decoding is None:
        return None
    text = decoding.payload.decode("utf-8", "surrogateescape")
    if not _is_believed(text, decoding.evidence):
        return None
    return SymbolReading("qr", Secret(text), lattice.quad, ENGINE, lattice.modules, decoding.level)


def _is_believed(text: str, evidence: float) -> bool:
    """Return whether a payload is what was printed: bytes that were put right by chance look like no card.

    Args:
        text: the payload; bytes that are not UTF-8 as surrogates.
        evidence: bits by which the correction of the weakest block is surer than chance.
    """
    if evidence >= _SURE_OF_ANYTHING:
        return True
    payload = parse_payload(text)
    if payload is None:
        return False
    # A third of all bytes are letters, digits or marks that stand in addresses, so a dozen wrong ones show.
    is_legible = all(letter.isalnum() or letter in _MARKS for letter in unicodedata.normalize("NFC", text))
    return evidence >= _SURE_OF_A_CARD or (payload.is_strict and is_legible)

"""QR codes that no other decoder reads, module by module: tiny ones, soft ones, and what lies under a sticker or a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.payloads import parse_payload
from idscan.core.readings import SymbolReading
from idscan.core.secret import Secret
from idscan.engines import soft_qr
from idscan.vision import unmix
from idscan.vision.finders import find_outlines
from idscan.vision.lattice import UNKNOWN, fit_outline, fixed_modules

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.vision.lattice import Lattice

ENGINE = "soft-qr"
LIKE_A_CODE = 0.9  # codes under any blur score 0.93 to 0.98 on made-up cards, all else up to 0.88
_WORTH_SOLVING = 0.8  # codes with one finder pattern covered score 0.83 to 0.9
_SIGMAS = (0.35, 0.5, 0.2, 0.7)  # modules
_NEAR_SIGMAS = (-0.08, 0.0, 0.08)
_STIFFNESS = 3e-3
_ROUNDS = 40
_ALIGNMENTS = 2
_HOPELESS = 0.2  # of the contrast: the grid does not lie where the code is, or there is none
_SURE_OF_ANYTHING = 40.0  # bits of evidence with which a payload counts that is no card's


def read_grid(part: NDArray[np.uint8]) -> SymbolReading | None:
    """Return the code in a small part of a picture, found by its finder patterns and read module by module.

    Args:
        part: uint8 array of shape (height, width), a code with some ground around it.

    Returns:
        The decoded code in pixels of the part; one that is seen and cannot be decoded; or None.
    """
    seen: SymbolReading | None = None
    for outline in find_outlines(part):
        lattice = fit_outline(part, outline.quad, outline.modules, outline.hidden)
        if lattice.score < _WORTH_SOLVING:
            continue
        symbol = read_lattice(part, lattice)
        if symbol is not None:
            return symbol
        if seen is None and outline.hidden is None and lattice.score > LIKE_A_CODE:
            seen = SymbolReading("qr", None, lattice.quad, ENGINE, lattice.modules)
    return seen


def read_lattice(grey: NDArray[np.uint8], lattice: Lattice) -> SymbolReading | None:
    """Return the code on a grid if its modules can be told, under any blur that a lens or a resizing leaves.

    Args:
        grey: uint8 array of shape (height, width).
        lattice: where the modules lie.
    """
    sigmas: Sequence[float] = _SIGMAS
    for _ in range(_ALIGNMENTS + 1):
        samples = unmix.rectified(grey, lattice)
        fits: list[tuple[float, float, unmix.Observation, unmix.Estimate]] = []
        for sigma in sigmas:
            observed = unmix.blurred(samples, lattice, sigma)
            estimate = unmix.solve(observed, _STIFFNESS, _ROUNDS)
            symbol = _decoded(unmix.certainty(estimate), lattice)
            if symbol is not None:
                return symbol
            fits.append((estimate.misfit, sigma, observed, estimate))
        misfit, sigma, observed, estimate = min(fits, key=lambda fit: fit[0])
        if misfit > _HOPELESS:
            return None
        lattice = unmix.aligned(samples, lattice, observed, estimate)
        sigmas = [max(sigma + step, _SIGMAS[2]) for step in _NEAR_SIGMAS]
    return None


def _decoded(certainty: NDArray[np.float64], lattice: Lattice) -> SymbolReading | None:
    decoding = soft_qr.decode(certainty, fixed_modules(lattice.modules) != UNKNOWN)
    if decoding is None:
        return None
    text = decoding.payload.decode("utf-8", "surrogateescape")
    # Bytes that were put right by chance say nothing that looks like a card.
    if decoding.evidence < _SURE_OF_ANYTHING and parse_payload(text) is None:
        return None
    return SymbolReading("qr", Secret(text), lattice.quad, ENGINE, lattice.modules, decoding.level)

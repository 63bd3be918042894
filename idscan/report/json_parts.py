"""Pieces that every JSON report is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.results import Problem
    from idscan.report.paths import PathMask

_COORDINATE_DECIMALS = 2
_CONFIDENCE_DECIMALS = 4
_SHARE_DECIMALS = 3

Json: TypeAlias = dict[str, Any]


def problem_json(problem: Problem, mask: PathMask) -> Json:
    """Return a problem; its place only where it has one."""
    return {
        "stage": problem.stage,
        "kind": problem.kind,
        "message": mask.message(problem.message),
        **({} if problem.quad is None else {"quad": quad_json(problem.quad)}),
        **({} if problem.share is None else {"share": round(problem.share, _SHARE_DECIMALS)}),
    }


def quad_json(quad: Quad) -> list[list[float]]:
    """Return the corners, to a hundredth of a pixel."""
    # Adding zero turns -0.0 into 0.0, which is one spelling less.
    return [[round(x, _COORDINATE_DECIMALS) + 0.0, round(y, _COORDINATE_DECIMALS) + 0.0] for x, y in quad]


def confidence_json(confidence: float) -> float:
    """Return a confidence without digits that mean nothing."""
    return round(confidence, _CONFIDENCE_DECIMALS)

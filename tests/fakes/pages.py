"""Pages for tests of single stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core.enums import Effort
from idscan.core.settings import PROFILES
from idscan.pipeline.context import PageContext, StageTimer
from idscan.vision import preprocess

if TYPE_CHECKING:
    import numpy as np


def page_of(rgb: np.ndarray, effort: Effort = Effort.NORMAL, timer: StageTimer | None = None) -> PageContext:
    """Return an image as stages get it, its pixels as they are."""
    return PageContext(rgb, preprocess.grey(rgb), PROFILES[effort], timer or StageTimer())

"""Put on PYTHONPATH, this makes Python find no libzbar, as on a machine without it."""

import ctypes.util

_find_library = ctypes.util.find_library


def _without_zbar(name: str) -> str | None:
    return None if "zbar" in name else _find_library(name)


ctypes.util.find_library = _without_zbar

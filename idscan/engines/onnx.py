"""Load the ONNX models of the package; each has a model card beside it."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from idscan.core.errors import EngineMissingError
from idscan.engines.registry import ONNX_RUNTIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ANEW = "pip install --force-reinstall idscan"


@lru_cache(maxsize=8)
def session(name: str, engine: str) -> Any:  # onnxruntime ships no types
    """Return an ONNX Runtime session of one thread, made once, for the network `models/{name}.onnx`.

    Raises:
        EngineMissingError: of `engine`, if ONNX Runtime or the file is missing, or the file is not the one shipped.
    """
    model = _file(f"{name}.onnx", engine)
    if hashlib.sha256(model).hexdigest() != model_card(name, engine)["sha256"]:
        raise EngineMissingError(engine, _ANEW)
    try:
        return open_session(model)
    except ImportError as error:
        raise EngineMissingError(engine, ONNX_RUNTIME) from error


def open_session(model: bytes | str) -> Any:  # likewise
    """Return a session for the bytes or the file of a model, on one thread."""
    # ONNX Runtime 1.32 collects usage data and sends them home; it looks at this when it is loaded.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run_model(name: str, engine: str, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the output of a network for a uint8 RGB image whose sides are multiples of the network's stride."""
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], np.float32)
    planes *= 1 / 127.5
    planes -= 1
    output: NDArray[np.float32] = session(name, engine).run(None, {"pictures": planes})[0][0]
    return output


@lru_cache(maxsize=8)
def model_card(name: str, engine: str) -> dict[str, Any]:
    """Return the description of a network from the file beside it: checksum, alphabet, training, accuracy."""
    card: dict[str, Any] = json.loads(_file(f"{name}.json", engine))
    return card


def version(name: str, engine: str) -> str:
    """Return the first digits of a network's checksum; raises as `Engine.version`."""
    from importlib.util import find_spec

    if find_spec("onnxruntime") is None:
        raise ImportError(name="onnxruntime")
    return str(model_card(name, engine)["sha256"][:8])


def _file(name: str, engine: str) -> bytes:
    try:
        return (resources.files("idscan.engines") / "models" / name).read_bytes()
    except OSError as error:
        raise EngineMissingError(engine, _ANEW) from error

"""Networks that reckon in whole numbers of eight bits: less than half of the time, and hardly coarser.

Weights take seven bits: processors that lack VNNI would overflow with eight.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


_KINDS = ["Conv", "Relu", "Add", "Resize"]
"""What is reckoned in eight bits: not what turns features into an answer, whose small values would be lost."""
_WITHIN = 99.99
"""Per cent of a feature's values that its range has to hold."""


class _Samples(CalibrationDataReader):  # type: ignore[misc]  onnxruntime ships no types
    def __init__(self, name: str, samples: Iterable[NDArray[np.float32]]) -> None:
        self._feeds = iter([{name: sample} for sample in samples])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._feeds, None)


def eight_bit(model: bytes, samples: Iterable[NDArray[np.float32]]) -> bytes:
    """Return an ONNX network with its convolutions in eight bits, but for the first and those that give the answer.

    Args:
        model: the network in floating point, with one input.
        samples: what it is usually given, all of one size; ranges of features are taken from what it makes of them.
    """
    logging.getLogger().setLevel(logging.ERROR)  # advice on every call
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, made = (Path(folder) / name for name in ("plain.onnx", "prepared.onnx", "made.onnx"))
        plain.write_bytes(model)
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(str(prepared)).graph
        quantize_static(
            str(prepared),
            str(made),
            _Samples(graph.input[0].name, samples),
            quant_format=QuantFormat.QDQ,
            calibrate_method=CalibrationMethod.Percentile,  # whole ranges depend on what few samples happen to hold
            extra_options={"CalibPercentile": _WITHIN},
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=_KINDS,
            nodes_to_exclude=_ends(graph),
        )
        return made.read_bytes()


def _ends(graph: Any) -> list[str]:
    """Return the names of the first convolution and of those that no other follows."""
    following: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            following.setdefault(name, []).append(node)
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    last = [node for node in convolutions if not _leads_to_another(node, following)]
    return [node.name for node in (convolutions[0], *last)]


def _leads_to_another(node: Any, following: dict[str, list[Any]]) -> bool:
    waiting, seen = list(node.output), set()
    while waiting:
        name = waiting.pop()
        for after in following.get(name, []):
            if after.op_type == "Conv":
                return True
            waiting += [output for output in after.output if output not in seen]
            seen.update(after.output)
    return False


class Packed:
    """A network as the package carries it, to be called as the one that was trained."""

    def __init__(self, model: bytes) -> None:
        """Make a session of one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        """Return what the network says of a batch."""
        return torch.from_numpy(self._session.run(None, {self._input: batch.numpy()})[0])

    def eval(self) -> None:
        """Do nothing: it never trains."""

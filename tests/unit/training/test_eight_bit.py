from __future__ import annotations

import io

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from tests.training.eight_bit import Packed, eight_bit  # noqa: E402  needs what may be missing


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_in_eight_bits_says_nearly_the_same_and_keeps_its_ends() -> None:
    torch.manual_seed(1)
    net = torch.nn.Sequential(*(torch.nn.Conv2d(*sides, 3, padding=1) for sides in ((3, 8), (8, 8), (8, 2)))).eval()
    buffer = io.BytesIO()
    sides = {"pictures": {2: "height", 3: "width"}, "told": {2: "height", 3: "width"}}
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, 16, 16),),
        buffer,
        input_names=["pictures"],
        output_names=["told"],
        dynamic_axes=sides,
        dynamo=False,
    )
    pictures = [torch.rand(1, 3, 24, 24) * 2 - 1 for _ in range(8)]
    model = eight_bit(buffer.getvalue(), [picture.numpy() for picture in pictures])
    other = torch.rand(1, 3, 16, 40) * 2 - 1
    with torch.no_grad():
        expected, told = net(other).numpy(), Packed(model)(other).numpy()
    assert told.shape == expected.shape
    assert 0 < np.abs(told - expected).max() < 0.1 * np.ptp(expected)
    import onnx

    kinds = [one.data_type for one in onnx.load_from_string(model).graph.initializer if len(one.dims) == 4]
    assert sorted(kinds) == [onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.INT8]

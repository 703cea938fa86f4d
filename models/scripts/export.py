"""Writes a taught encoder as ONNX with 8-bit weights, and proves that little of what it says has changed."""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from thinc.api import Config

from encoder_settings import checkpoint, config
from network import Network
from pieces import all_pieces
from teach_encoder import new_network

_OPSET = 17


def main() -> int:
    settings = config()
    for name in sys.argv[1:]:
        _, pieces = exported(name, settings)
        print(f"{name}: {checkpoint(name).with_suffix('.onnx').stat().st_size} bytes, {len(pieces)} pieces")
    return 0


def exported(name: str, settings: Config) -> tuple[bytes, list[str]]:
    """The encoder in ONNX and its pieces; made once for each checkpoint."""
    saved = torch.load(checkpoint(name), weights_only=True)
    every = all_pieces(settings["encoder"]["package"])
    pieces = [every[at] for at in saved["kept"]]
    file = checkpoint(name).with_suffix(".onnx")
    if not file.exists() or file.stat().st_mtime < checkpoint(name).stat().st_mtime:
        network = new_network(settings, saved["kept"])
        network.load_state_dict(saved["network"], strict=False)
        file.write_bytes(quantised(network.eval(), reduce_range=settings["export"]["reduce_range"]))
    return file.read_bytes(), pieces


def quantised(network: Network, *, reduce_range: bool) -> bytes:
    ids = torch.randint(5, 2000, (2, 16))
    mask = torch.ones(2, 16, dtype=torch.long)
    axes = {"ids": {0: "texts", 1: "pieces"}, "mask": {0: "texts", 1: "pieces"}, "message": {0: "texts"}}
    axes |= {"carried": {0: "texts", 1: "pieces"}, "features": {0: "texts"}}
    whole = BytesIO()
    torch.onnx.export(
        network,
        (ids, mask),
        whole,
        input_names=["ids", "mask"],
        output_names=["message", "carried", "features"],
        dynamic_axes=axes,
        opset_version=_OPSET,
        dynamo=False,
    )
    with TemporaryDirectory() as folder:
        full, small = Path(folder) / "full.onnx", Path(folder) / "small.onnx"
        full.write_bytes(whole.getvalue())
        # The heads stay as they are: they are small, and all that is said goes through them.
        heads = [node.name for node in onnx.load(full).graph.node if not node.name.startswith(("/layers", "/words"))]
        quantize_dynamic(
            full,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=reduce_range,
            nodes_to_exclude=heads,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        before, after = (
            onnxruntime.InferenceSession(str(file)).run(None, {"ids": ids.numpy(), "mask": mask.numpy()})
            for file in (full, small)
        )
        print(f"largest difference of a logit: {np.abs(before[0] - after[0]).max():.3f}")
        return small.read_bytes()


if __name__ == "__main__":
    sys.exit(main())

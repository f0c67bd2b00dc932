"""The other half of TorchExportTest: one network, the graph of torch.onnx.export and Fovea's.

usage: torch_export.py NAME WEIGHTS FILE CLASSES SIDE...

Builds the network from timm or transformers with these weights, exports it, and gives both files
the same images of each size in ONNX Runtime. Prints the largest difference from PyTorch, relative
to the largest output: of torch's file, and of Fovea's.
"""

import sys
import tempfile

import numpy as np
import onnxruntime
import torch
from safetensors.torch import load_file


class Logits(torch.nn.Module):
    """The logits alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model(pixel_values=pixels, return_dict=False)[0]


def build(name, classes):
    if name == "segformer_b0":
        from transformers import SegformerConfig, SegformerForSemanticSegmentation

        model = SegformerForSemanticSegmentation(
            SegformerConfig(num_labels=classes, decoder_hidden_size=256)
        )
        return Logits(model), model
    import timm

    name = {"vit_tiny": "vit_tiny_patch16_224", "resnet18": "resnet18"}.get(name, name)
    model = timm.create_model(name, pretrained=False, num_classes=classes)
    return model, model


def main():
    name, weights, file, classes, *sides = sys.argv[1:]
    model, inner = build(name, int(classes))
    own = inner.state_dict()
    state = {k: v.view(own[k].shape) for k, v in load_file(weights).items()}
    inner.load_state_dict(state, strict=True)
    model.eval()
    side = int(sides[0])
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = folder + "/torch.onnx"
        torch.onnx.export(
            model, (torch.zeros(1, 3, side, side),), path, opset_version=17, dynamo=False,
            input_names=["pixels"], dynamic_axes={"pixels": {0: "n", 2: "h", 3: "w"}},
        )
        sessions = [
            onnxruntime.InferenceSession(p, providers=["CPUExecutionProvider"])
            for p in (path, file)
        ]
        worst = [0.0, 0.0]
        torch.manual_seed(3)
        for batch, side in enumerate(sides, start=1):
            pixels = torch.randn(batch, 3, int(side), int(side))
            expected = model(pixels).numpy()
            for i, session in enumerate(sessions):
                got = session.run(None, {session.get_inputs()[0].name: pixels.numpy()})[0]
                assert got.shape == expected.shape, (got.shape, expected.shape)
                error = np.abs(got - expected).max() / np.abs(expected).max()
                worst[i] = max(worst[i], float(error))
    print(*worst)


if __name__ == "__main__":
    main()

"""Times a model as Python runs it: eager PyTorch, and run-times on the graph of torch.onnx.export.

usage: peer.py MODEL FOLDER MODES

Reads weights.safetensors and case.safetensors from the folder. The first line of its output says
what it can run; then each line of its input, MODE WARM_UPS RUNS, is answered by one of times.
"""

import json
import os
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file


def build(name):
    """The same architecture from a published library."""
    if name == "segformer_b0":
        from transformers import SegformerConfig, SegformerForSemanticSegmentation

        model = SegformerForSemanticSegmentation(
            SegformerConfig(num_labels=150, decoder_hidden_size=256)
        )
        return Logits(model), model
    import timm

    timm_name = {"convnext_tiny": "convnext_tiny", "vit_base": "vit_base_patch16_224"}[name]
    model = timm.create_model(timm_name, pretrained=False, num_classes=1000)
    return model, model


class Logits(torch.nn.Module):
    """The logits alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model(pixel_values=pixels, return_dict=False)[0]


def export(model, pixels, path):
    if not os.path.exists(path):
        with torch.inference_mode(False), torch.no_grad():
            torch.onnx.export(
                model, (pixels,), path, opset_version=17, input_names=["pixels"],
                output_names=["logits"], dynamo=False,
            )


def onnxruntime_mode(path, pixels):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed = {"pixels": pixels.numpy()}
    return lambda: session.run(None, feed)[0]


def openvino_mode(path, pixels):
    import openvino

    compiled = openvino.Core().compile_model(
        path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    )
    request = compiled.create_infer_request()
    feed = [pixels.numpy()]

    def run():
        result = request.infer(feed, share_inputs=True, share_outputs=False)
        return result[compiled.output(0)]

    return run


def lacks_vnni():
    """Whether pairs of products are added in 16 bits; as in Fovea."""
    with open("/proc/cpuinfo") as file:
        flags = next((line for line in file if line.startswith("flags")), "")
    return flags != "" and "_vnni" not in flags


def nncf_mode(path, pixels, name):
    """8-bit integers by NNCF, calibrated on the same images as Java is.

    Without VNNI all weights get 7 bits, as Java's do: by default NNCF does so for the first
    convolution alone.
    """
    import nncf
    import openvino

    folder = os.path.dirname(path)
    samples = load_file(os.path.join(folder, "samples.safetensors"))
    samples = [samples[key].numpy() for key in sorted(samples)]
    parameters = nncf.AdvancedQuantizationParameters(
        overflow_fix=nncf.OverflowFix.ENABLE if lacks_vnni() else nncf.OverflowFix.DISABLE
    )
    model = nncf.quantize(
        openvino.Core().read_model(path), nncf.Dataset(samples), subset_size=len(samples),
        preset=nncf.QuantizationPreset.MIXED,
        model_type=None if name == "convnext_tiny" else nncf.ModelType.TRANSFORMER,
        advanced_parameters=parameters,
    )
    stored = path.replace(".onnx", ".int8.xml")
    openvino.save_model(model, stored, compress_to_fp16=False)
    return openvino_mode(stored, pixels)


def openvino_queue(path, pixels):
    import openvino

    compiled = openvino.Core().compile_model(
        path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}
    )
    queue = openvino.AsyncInferQueue(compiled)
    feed = [pixels.numpy()]
    results = []
    queue.set_callback(lambda request, _: results.append(request.get_output_tensor().data.copy()))

    def run(images):
        results.clear()
        for _ in range(images):
            queue.start_async(feed, share_inputs=True)
        queue.wait_all()

    return run, len(queue)


def onnxruntime_threads(path, pixels):
    import onnxruntime
    from concurrent.futures import ThreadPoolExecutor

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {"pixels": pixels.numpy()}
    workers = os.cpu_count()
    pool = ThreadPoolExecutor(workers)
    return (
        lambda images: list(pool.map(lambda _: session.run(None, feed)[0], range(images))),
        workers,
    )


def has_nncf():
    import importlib.util

    return importlib.util.find_spec("nncf") is not None


def latency(run, warm_ups, runs):
    for _ in range(warm_ups):
        run()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def throughput(run, workers, warm_ups, runs):
    run(warm_ups * workers)
    start = time.perf_counter()
    run(runs * workers)
    return [(time.perf_counter() - start) * 1e3 / (runs * workers)]


def main():
    name, folder, wanted = sys.argv[1:4]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to the log
    model, inner = build(name)
    weights = load_file(os.path.join(folder, "weights.safetensors"))
    own = inner.state_dict()
    for key, value in weights.items():  # a linear layer may be stored as a 1 x 1 convolution
        if key in own and own[key].numel() == value.numel():
            weights[key] = value.reshape(own[key].shape)
    missing = inner.load_state_dict(weights, strict=False)
    missing = [k for k in missing.missing_keys if not k.endswith("num_batches_tracked")] + list(
        missing.unexpected_keys
    )
    if missing:
        raise SystemExit(f"the weights do not fit the model: {missing}")
    model.eval()
    case = load_file(os.path.join(folder, "case.safetensors"))
    pixels, expected = case["pixels"], case["expected"].numpy()

    def eager():
        with torch.inference_mode():
            return model(pixels)

    def error(result):
        got = np.asarray(result).ravel()
        return float(np.abs(got - expected).max() / np.abs(expected).max())

    path = os.path.join(folder, "torch.onnx")
    modes = {"eager": lambda warm_ups, runs: latency(eager, warm_ups, runs)}
    errors = {"eager": error(eager())}
    makers = {"onnxruntime": onnxruntime_mode, "openvino": openvino_mode}
    queues = {"onnxruntime-throughput": onnxruntime_threads, "openvino-throughput": openvino_queue}
    for mode in dict.fromkeys(m.replace("-open", "") for m in wanted.split(",")):
        if mode in makers:
            export(model, pixels, path)
            run = makers[mode](path, pixels)
            errors[mode] = error(run())
            modes[mode] = lambda warm_ups, runs, run=run: latency(run, warm_ups, runs)
        elif mode == "openvino-int8" and has_nncf():
            export(model, pixels, path)
            run = nncf_mode(path, pixels, name)
            errors[mode] = error(run())
            modes[mode] = lambda warm_ups, runs, run=run: latency(run, warm_ups, runs)
        elif mode in queues:
            export(model, pixels, path)
            run, workers = queues[mode](path, pixels)
            modes[mode] = lambda w, r, run=run, workers=workers: throughput(run, workers, w, r)
        elif mode == "compile":
            compiled = torch.compile(model)

            def run():
                with torch.inference_mode():
                    return compiled(pixels)

            errors[mode] = error(run())
            modes[mode] = lambda warm_ups, runs, run=run: latency(run, warm_ups, runs)
    import onnxruntime
    import openvino

    facts = {
        "modes": list(modes),
        "errors": errors,
        "versions": {
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
            "openvino": openvino.__version__,
        },
    }
    print(json.dumps(facts), file=answers, flush=True)
    for line in sys.stdin:
        mode, warm_ups, runs = line.split()
        print(json.dumps({"ms": modes[mode](int(warm_ups), int(runs))}), file=answers, flush=True)


if __name__ == "__main__":
    main()

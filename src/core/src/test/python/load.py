"""The other half of LoadPeerTest: how long PyTorch takes to load a file into a network.

usage: load.py write FILE TYPE   random weights of timm's convnext_xlarge, in safetensors or, by the
                                 name .pth, by torch.save; TYPE is float32, float16 or bfloat16
       load.py load FILE         prints seconds and megabytes of growth at the highest, of to_empty,
                                 load_file (or torch.load) and load_state_dict
"""

import sys
import time

import timm
import torch
from safetensors.torch import load_file, save_file


def network():
    """Without memory for its parameters, as Fovea's before it is loaded or initialized."""
    with torch.device("meta"):
        return timm.create_model("convnext_xlarge")


def write(path, kind):
    torch.manual_seed(0)
    state = {}
    for name, value in network().state_dict().items():
        state[name] = (0.02 * torch.randn(value.shape)).to(getattr(torch, kind))
    torch.save(state, path) if path.endswith(".pth") else save_file(state, path)


def kilobytes(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


def load(path):
    model = network()
    before = kilobytes("VmRSS")
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")  # resets VmHWM
    start = time.perf_counter()
    model.to_empty(device="cpu")
    state = torch.load(path, weights_only=True) if path.endswith(".pth") else load_file(path)
    model.load_state_dict(state, strict=True)
    seconds = time.perf_counter() - start
    print(f"{seconds:.6f} {(kilobytes('VmHWM') - before) / 1024:.3f}")


if __name__ == "__main__":
    write(*sys.argv[2:]) if sys.argv[1] == "write" else load(sys.argv[2])

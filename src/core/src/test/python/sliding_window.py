"""Writes src/test/resources/image/sliding_window.txt: what PyTorch and Pillow give for the
sliding-window, multi-scale and mirrored inference of MMSegmentation, on one small network.

Run in src/core: python src/test/python/sliding_window.py (torch 2.7.1, Pillow 13, NumPy)
"""
import numpy
import torch
from PIL import Image
from torch.nn.functional import conv2d, interpolate

HEIGHT, WIDTH, CLASSES = 50, 70, 5
CASES = {
    "whole": (0, 0, [1.0], False),
    "window": (32, 24, [1.0], False),
    "large_window": (64, 48, [1.0], False),
    "scales_flip": (0, 0, [0.5, 1.0, 1.5], True),
    "all": (32, 20, [0.75, 1.25], True),
}

y, x, c = numpy.mgrid[:HEIGHT, :WIDTH, :3]
image = ((x * 7 + y * 13 + c * 29 + x * y % 17 * 3) % 256).astype(numpy.uint8)
o, i, a, b = numpy.mgrid[:CLASSES, :3, :4, :4]
weight = torch.tensor(((o * 31 + i * 17 + a * 7 + b * 3) % 13 - 6) / 6.0, dtype=torch.float32)
bias = torch.tensor((numpy.arange(CLASSES) - 2) / 8.0, dtype=torch.float32)


def scores(pixels, size):
    return interpolate(conv2d(pixels, weight, bias, stride=4), size, mode="bilinear")


def slide(pixels, window, stride):
    height, width = pixels.shape[2:]
    if window == 0:
        return scores(pixels, (height, width))
    total = torch.zeros(1, CLASSES, height, width)
    count = torch.zeros(1, 1, height, width)
    for row in range(max(height - window + stride - 1, 0) // stride + 1):
        for column in range(max(width - window + stride - 1, 0) // stride + 1):
            bottom = min(row * stride + window, height)
            right = min(column * stride + window, width)
            top, left = max(bottom - window, 0), max(right - window, 0)
            crop = pixels[:, :, top:bottom, left:right]
            total[:, :, top:bottom, left:right] += scores(crop, crop.shape[2:])
            count[:, :, top:bottom, left:right] += 1
    return total / count


def probabilities(window, stride, scales, flip):
    results = []
    for scale in scales:
        size = int(WIDTH * scale + 0.5), int(HEIGHT * scale + 0.5)
        resized = numpy.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
        pixels = torch.from_numpy(resized).permute(2, 0, 1)[None] / 255
        for mirrored in [False, True] if flip else [False]:
            result = slide(pixels.flip(3) if mirrored else pixels, window, stride)
            result = interpolate(result, (HEIGHT, WIDTH), mode="bilinear").softmax(1)
            results.append(result.flip(3) if mirrored else result)
    return torch.stack(results).mean(0)


with open("src/test/resources/image/sliding_window.txt", "w") as file:
    for name, case in CASES.items():
        values = probabilities(*case).flatten().numpy()
        picked = values[:: 37]
        file.write(name + " " + " ".join(f"{value:.7f}" for value in picked) + "\n")

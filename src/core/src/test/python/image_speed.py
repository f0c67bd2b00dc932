"""The times of Pillow and NumPy that ImageSpeedTest compares with: one core, one image after another.

    python image_speed.py < tasks

A line of the input is "load" and the files, or a task's name, answered with its nanoseconds (over all
files once).
"""

import io
import os
import sys
import time

import numpy as np
from PIL import Image

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
mean = np.array((0.485, 0.456, 0.406), np.float32)
std = np.array((0.229, 0.224, 0.225), np.float32)


def decode(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


def resize(image, size):
    if size == 512:
        return image.resize((512, 512), Image.Resampling.BILINEAR)
    short = min(image.size)
    image = image.resize(tuple(int(256 * s / short) for s in image.size), Image.Resampling.BICUBIC)
    left, top = round((image.width - 224) / 2), round((image.height - 224) / 2)
    return image.crop((left, top, left + 224, top + 224))


def normalize(image):
    # As ToTensor and Normalize do it.
    x = np.asarray(image).astype(np.float32) / 255
    return np.ascontiguousarray(((x - mean) / std).transpose(2, 0, 1))


for line in sys.stdin:
    step, *size = line.split()
    if step == "load":
        files = [open(f, "rb").read() for f in size]
        images = [decode(f) for f in files]
        print(0, flush=True)
        continue
    size = int(size[0]) if size else 0
    start = time.perf_counter_ns()
    if step == "decode":
        for f in files:
            decode(f)
    elif step == "resize":
        for i in images:
            resize(i, size)
    elif step == "prepare":
        for i in images:
            normalize(resize(i, size))
    else:
        for f in files:
            normalize(resize(decode(f), size))
    print(time.perf_counter_ns() - start, flush=True)

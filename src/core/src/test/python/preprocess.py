"""What the reference packages make of images: the golden values of PreprocessTest.

    python preprocess.py > ../resources/preprocess/cases.json        # generated patterns
    python preprocess.py FILE...                                     # images

Needs pillow 13.0.0, torch 2.7.1, torchvision 0.22.1, timm 1.0.31, transformers 4.46.3.
Each case: the configuration, the shape, the CRC-32 of the 8-bit pixels (H, W, C) after resizing and
cropping, and float values of the result (C, H, W) at positions that are multiples of a step.
"""

import json
import os
import sys
import zlib

import numpy as np
import timm.data
import torch
import transformers
from PIL import Image
from torchvision import transforms as tv

VALUES = 30


def pattern(width, height):
    """Hard to resize: a Weyl sequence hashed, over a slow wave."""
    i = np.arange(3 * width * height, dtype=np.uint64)
    noise = (i * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)) >> np.uint64(25)
    row = i // np.uint64(3 * width)
    value = (noise + row * np.uint64(3) + i % np.uint64(3) * np.uint64(40)) & np.uint64(0xFF)
    return Image.fromarray(value.astype(np.uint8).reshape(height, width, 3))


IMAGENET = dict(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def timm_case(size, crop_pct, interpolation, mode="center", **norm):
    norm = norm or IMAGENET
    height, width = size
    config = dict(
        pretrained_cfg=dict(
            input_size=[3, height, width],
            interpolation=interpolation,
            crop_pct=crop_pct,
            crop_mode=mode,
            mean=norm["mean"],
            std=norm["std"],
        )
    )

    def run(image, normalize):
        transform = timm.data.create_transform(
            input_size=(3, height, width),
            interpolation=interpolation,
            crop_pct=crop_pct,
            crop_mode=mode,
            normalize=normalize,
            **norm,
        )
        return transform(image).numpy()

    return config, run


def torchvision_case(resize, crop, interpolation):
    filters = dict(bilinear=tv.InterpolationMode.BILINEAR, bicubic=tv.InterpolationMode.BICUBIC)
    config = dict(
        resize_rule=dict(kind="SHORTEST_EDGE", width=resize, height=resize),
        filter=interpolation.upper(),
        crop=dict(width=crop, height=crop, rounding="EVEN", fill=0),
        image_mean=IMAGENET["mean"],
        image_std=IMAGENET["std"],
    )

    def run(image, normalize):
        steps = [tv.Resize(resize, filters[interpolation]), tv.CenterCrop(crop)]
        if normalize:
            steps += [tv.ToTensor(), tv.Normalize(**IMAGENET)]
        else:
            steps += [tv.PILToTensor()]
        return tv.Compose(steps)(image).numpy()

    return config, run


def hub_case(kind, **config):
    def run(image, normalize):
        processor = getattr(transformers, kind)(**config)
        options = {} if normalize else dict(do_rescale=False, do_normalize=False)
        return np.asarray(processor(image, **options)["pixel_values"][0])

    return dict(config, image_processor_type=kind), run


CASES = {
    "torchvision 256 224 bilinear": torchvision_case(256, 224, "bilinear"),
    "torchvision 232 224 bilinear": torchvision_case(232, 224, "bilinear"),
    "torchvision 256 225 bicubic": torchvision_case(256, 225, "bicubic"),
    "torchvision pads": torchvision_case(40, 67, "bilinear"),
    "timm center 0.875": timm_case((224, 224), 0.875, "bicubic"),
    "timm center 0.95": timm_case((288, 288), 0.95, "bicubic"),
    "timm center 1.0": timm_case((224, 224), 1.0, "bilinear"),
    "timm center 0.9 symmetric": timm_case(
        (224, 224), 0.9, "bicubic", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    ),
    "timm center oblong": timm_case((192, 256), 0.9, "bicubic"),
    "timm squash 1.0": timm_case((224, 224), 1.0, "bicubic", "squash"),
    "timm squash 0.9": timm_case((160, 192), 0.9, "bilinear", "squash"),
    "timm border 1.0": timm_case((224, 224), 1.0, "bicubic", "border"),
    "timm border 0.9": timm_case((161, 161), 0.9, "lanczos", "border"),
    "segformer": hub_case("SegformerImageProcessor", size=dict(height=512, width=512)),
    "segformer oblong": hub_case("SegformerImageProcessor", size=dict(height=128, width=256)),
    "segformer default": hub_case("SegformerImageProcessor"),
    "segformer cityscapes": hub_case(
        "SegformerImageProcessor", do_resize=False, image_mean=[0.4, 0.5, 0.6], image_std=0.25
    ),
    "convnext 224": hub_case(
        "ConvNextImageProcessor",
        size=dict(shortest_edge=224),
        crop_pct=0.875,
        resample=3,
        image_mean=list(IMAGENET["mean"]),
        image_std=list(IMAGENET["std"]),
    ),
    "convnext 225 lower crop": hub_case(
        "ConvNextImageProcessor", size=dict(shortest_edge=225), crop_pct=0.8, resample=3
    ),
    "convnext default": hub_case("ConvNextImageProcessor"),
    "convnext 384": hub_case(
        "ConvNextImageProcessor", size=dict(shortest_edge=384), crop_pct=1.0, resample=3
    ),
    "vit": hub_case("ViTImageProcessor", size=dict(height=224, width=224), resample=2),
    "vit default": hub_case("ViTImageProcessor"),
    "vit mae": hub_case(
        "ViTImageProcessor",
        size=224,
        resample=3,
        image_mean=list(IMAGENET["mean"]),
        image_std=list(IMAGENET["std"]),
    ),
    "vit unshifted": hub_case(
        "ViTImageProcessor", size=dict(height=64, width=64), do_normalize=False
    ),
    "vit other factor": hub_case(
        "ViTImageProcessor", size=dict(height=64, width=64), rescale_factor=1 / 127.5,
        image_mean=1.0, image_std=1.0,
    ),
    "bit (dino)": hub_case(
        "BitImageProcessor",
        size=dict(shortest_edge=101),
        do_center_crop=True,
        crop_size=dict(height=96, width=90),
        resample=3,
        image_mean=list(IMAGENET["mean"]),
        image_std=list(IMAGENET["std"]),
        do_convert_rgb=True,
    ),
    "bit pads": hub_case(
        "BitImageProcessor",
        size=dict(shortest_edge=50),
        do_center_crop=True,
        crop_size=dict(height=111, width=85),
        resample=2,
    ),
}


def main():
    images = [(f, Image.open(f).convert("RGB")) for f in sys.argv[1:]]
    if not images:
        sizes = [(333, 250), (97, 141), (400, 401)]
        images = [(f"{w}x{h}", pattern(w, h)) for w, h in sizes]
    cases = []
    for name, (config, run) in CASES.items():
        for image_name, image in images:
            eight_bit = run(image, False)
            assert eight_bit.dtype == np.uint8, (name, eight_bit.dtype)
            values = run(image, True).astype(np.float32)
            step = values.size // VALUES
            cases.append(
                dict(
                    name=name,
                    image=image_name,
                    config=config,
                    shape=values.shape,
                    crc=zlib.crc32(eight_bit.transpose(1, 2, 0).tobytes()),
                    step=step,
                    values=[float(f"{v:.9g}") for v in values.ravel()[::step]],
                )
            )
    text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    print("[\n" + text + "\n]")


if __name__ == "__main__":
    main()

"""Writes models/published.json, the catalogue of published weights.

The facts come from timm's pretrained configurations and torchvision's weight enumerations, as they
are installed, and from the tables of the authors' repositories, which are transcribed below.

    python published.py ../../../../../models/published.json
"""

import json
import re
import sys

import timm
from timm.models import get_pretrained_cfg
from torchvision.models import get_model_weights

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
NVIDIA = "NVIDIA Source Code License"
CC_BY_NC = "CC-BY-NC-4.0"
LABELS = {1000: "imagenet-1k", 21841: "imagenet-22k"}

models = []


def add(name, preset, dialect, source, licence, classes, size, filter, mean_std, resize=None,
        squash=False, labels="", sha256=None, config=None):
    """resize: the short edge before the crop to size; squash: both edges, and no crop."""
    model = {"name": name, "preset": preset, "dialect": dialect, "source": source,
             "licence": licence, "nonCommercial": licence in (CC_BY_NC, NVIDIA),
             "classes": classes}
    if sha256:
        model["sha256"] = sha256
    if config:
        model["config"] = config
    labels = LABELS.get(classes) if labels == "" else labels
    if labels:
        model["labels"] = labels
    model["size"] = size
    model["resize"] = resize or size
    model["squash"] = squash
    model["filter"] = filter
    model["mean"], model["std"] = (list(v) for v in mean_std)
    models.append(model)


def sha256_prefix(url):
    return re.search(r"-([0-9a-f]{8})\.pth$", url).group(1)


LICENCES = {"apache-2.0": "Apache-2.0", "bsd-3-clause": "BSD-3-Clause", "mit": "MIT",
            "cc-by-nc-4.0": CC_BY_NC}


def timm_models(arch, preset, config=None):
    for name in timm.list_models(arch + ".*", pretrained=True):
        cfg = get_pretrained_cfg(name)
        if cfg.license not in LICENCES or cfg.hf_hub_id is None:
            continue
        size = cfg.input_size[1]
        extra = dict(config or {})
        if name.endswith(".fcmae"):
            extra["headNorm"] = False  # as timm's convnext.py says
        if "patch" in arch and size != 224:
            extra["imageSize"] = size
        add(name, preset, "timm", "hf://" + cfg.hf_hub_id, LICENCES[cfg.license],
            cfg.num_classes, size, cfg.interpolation, (cfg.mean, cfg.std),
            int(size / cfg.crop_pct), cfg.crop_mode == "squash",
            None if "clip" in name and cfg.num_classes == 640 else "", config=extra)


def timm_all():
    for size in "atto femto pico nano tiny small base large xlarge".split():
        timm_models("convnext_" + size, "convnext_" + size)
    for size in "atto femto pico nano tiny base large huge".split():
        timm_models("convnextv2_" + size, "convnextv2_" + size)
    for size in "tiny small base large huge".split():
        for patch in (8, 14, 16, 32):
            own = 14 if size == "huge" else 16
            for pixels in (224, 384):
                arch = f"patch{patch}_{pixels}"
                for prefix in ("vit", "deit"):
                    timm_models(f"{prefix}_{size}_{arch}", "vit_" + size,
                                {} if patch == own else {"patch": patch})
    for depth in (18, 34, 50, 101, 152):
        timm_models(f"resnet{depth}", f"resnet{depth}")


def torchvision_all():
    for depth in (18, 34, 50, 101, 152):
        for weights in get_model_weights(f"resnet{depth}"):
            t = weights.transforms()
            add(f"resnet{depth}.torchvision_{weights.name.lower()}", f"resnet{depth}",
                "torchvision", weights.url, "BSD-3-Clause", 1000, t.crop_size[0],
                t.interpolation.value, (t.mean, t.std), t.resize_size[0],
                sha256=sha256_prefix(weights.url))


def facebook_eval(size):
    """datasets.py of ConvNeXt, build_transform: large images are squashed, others cropped."""
    return dict(resize=size, squash=True) if size >= 384 else dict(resize=int(size / 0.875))


def facebook_all():
    root = "https://dl.fbaipublicfiles.com/convnext/"
    files = []  # README.md of facebookresearch/ConvNeXt
    for size in ("tiny", "small", "base", "large"):
        files.append((size, "in1k", 1000, 224, f"convnext_{size}_1k_224_ema.pth"))
    for size in ("base", "large"):
        files.append((size, "in1k_384", 1000, 384, f"convnext_{size}_1k_384.pth"))
    for size in ("tiny", "small", "base", "large", "xlarge"):
        ema = "_ema" if size == "xlarge" else ""
        files.append((size, "in22k", 21841, 224, f"convnext_{size}_22k_224.pth"))
        files.append((size, "in22k_ft_in1k", 1000, 224, f"convnext_{size}_22k_1k_224{ema}.pth"))
        files.append((size, "in22k_ft_in1k_384", 1000, 384, f"convnext_{size}_22k_1k_384{ema}.pth"))
    for size, tag, classes, pixels, file in files:
        add(f"convnext_{size}.facebook_{tag}", f"convnext_{size}", "facebook", root + file, "MIT",
            classes, pixels, "bicubic", IMAGENET, **facebook_eval(pixels))

    root += "convnextv2/"  # README.md of facebookresearch/ConvNeXt-V2
    for size in "atto femto pico nano tiny base large huge".split():
        add(f"convnextv2_{size}.facebook_fcmae", f"convnextv2_{size}", "fcmae",
            f"{root}pt_only/convnextv2_{size}_1k_224_fcmae.pt", CC_BY_NC, 0, 224, "bicubic",
            IMAGENET, **facebook_eval(224))
    files = []
    for size in "atto femto pico nano tiny base large huge".split():
        files.append((size, "fcmae_ft_in1k", 1000, 224, f"im1k/convnextv2_{size}_1k_224_ema.pt"))
    for size, pixels in [(s, p) for s in ("nano", "tiny", "base", "large") for p in (224, 384)] + [
            ("huge", 384), ("huge", 512)]:
        tag = "fcmae_ft_in22k_in1k" + ("" if pixels == 224 else f"_{pixels}")
        files.append((size, tag, 1000, pixels, f"im22k/convnextv2_{size}_22k_{pixels}_ema.pt"))
    for size, tag, classes, pixels, file in files:
        add(f"convnextv2_{size}.facebook_{tag}", f"convnextv2_{size}",
            "facebook", root + file, CC_BY_NC, classes, pixels, "bicubic", IMAGENET,
            **facebook_eval(pixels))

    root = "https://dl.fbaipublicfiles.com/mae/"  # README.md, FINETUNE.md, demo of the repository
    crop = dict(size=224, filter="bicubic", mean_std=IMAGENET, resize=256)
    for size in ("base", "large", "huge"):
        add(f"vit_{size}.facebook_mae", f"vit_{size}", "facebook",
            f"{root}pretrain/mae_pretrain_vit_{size}.pth", CC_BY_NC, 0, config={"pool": "TOKEN"},
            **crop)
        add(f"vit_{size}.facebook_mae_ft_in1k", f"vit_{size}", "facebook",
            f"{root}finetune/mae_finetuned_vit_{size}.pth", CC_BY_NC, 1000, **crop)
        add(f"mae_vit_{size}.facebook_visualize", f"mae_vit_{size}", "facebook",
            f"{root}visualize/mae_visualize_vit_{size}.pth", CC_BY_NC, 0,
            config={"normalizedTargets": False}, **crop)
    add("mae_vit_large.facebook_visualize_ganloss", "mae_vit_large", "facebook",
        f"{root}visualize/mae_visualize_vit_large_ganloss.pth", CC_BY_NC, 0,
        config={"normalizedTargets": False}, **crop)


def mmseg_all():
    """configs/segformer of mmsegmentation 1.x: metafile.yaml, and the configurations' encoders.

    The collection says Apache-2.0, but its encoders are NVIDIA's, converted or trained on: their
    licence is the stricter one. Images are squashed to the crop that the weights were trained
    with; mmsegmentation itself keeps the proportions.
    """
    root = "https://download.openmmlab.com/mmsegmentation/v0.5/"
    image = dict(filter="bilinear", mean_std=IMAGENET, squash=True)
    encoders = ("7e0fe6dd", "02e5a6a1", "66e8bf70", "13b1141c", "d588d980", "658746d9")
    for b, digits in enumerate(encoders):
        url = f"{root}pretrain/segformer/mit_b{b}_20220624-{digits}.pth"
        add(f"mit_b{b}.mmseg_in1k", f"mit_b{b}", "mmseg", url, NVIDIA, 0, 512,
            sha256=sha256_prefix(url), **image)
    ade = [(0, 512, "20210726_101530-8ffa8fda"), (1, 512, "20210726_112106-d70e859d"),
           (2, 512, "20210726_112103-cbd414ac"), (3, 512, "20210726_081410-962b98d2"),
           (4, 512, "20210728_183055-7f509d7d"), (5, 512, "20210726_145235-94cedf59"),
           (5, 640, "20210801_121243-41d2845b")]
    city = ["20211208_101857-e7f88502", "20211208_064213-655c7b3f", "20211207_134205-6096669a",
            "20211206_224823-a8f8a177", "20211207_080709-07f6c333", "20211206_072934-87a052ec"]
    files = [(b, f"{p}x{p}_160k_ade20k", stamp, f"ade_{p}", 150, p, "ade20k")
             for b, p, stamp in ade]
    files += [(b, "8x1_1024x1024_160k_cityscapes", stamp, "cityscapes_1024", 19, 1024, "cityscapes")
              for b, stamp in enumerate(city)]
    for b, recipe, stamp, tag, classes, size, labels in files:
        folder = f"segformer_mit-b{b}_{recipe}"
        url = f"{root}segformer/{folder}/{folder}_{stamp}.pth"
        add(f"segformer_b{b}.mmseg_{tag}", f"segformer_b{b}", "mmseg", url, NVIDIA, classes, size,
            labels=labels, sha256=sha256_prefix(url), **image)


def hub_all():
    hub = "hf://"
    for b in range(6):  # https://github.com/NVlabs/SegFormer, converted by Hugging Face
        seg = dict(filter="bilinear", mean_std=IMAGENET, squash=True)
        add(f"mit_b{b}.nvidia_in1k", f"mit_b{b}", "huggingface", f"{hub}nvidia/mit-b{b}", NVIDIA,
            1000, 512, **seg)
        ade = 640 if b == 5 else 512
        add(f"segformer_b{b}.nvidia_ade_{ade}", f"segformer_b{b}", "huggingface",
            f"{hub}nvidia/segformer-b{b}-finetuned-ade-{ade}-{ade}", NVIDIA, 150, ade,
            labels="ade20k", **seg)
        # The processor of these repositories squashes to 512 x 512 as well.
        add(f"segformer_b{b}.nvidia_cityscapes_1024", f"segformer_b{b}", "huggingface",
            f"{hub}nvidia/segformer-b{b}-finetuned-cityscapes-1024-1024", NVIDIA, 19, 512,
            labels="cityscapes", **seg)

    def convnext(preset, repo, tag, licence, classes, pixels):
        add(f"{preset}.hub_{tag}", preset, "huggingface", f"{hub}facebook/{repo}", licence, classes,
            pixels, "bicubic", IMAGENET, **facebook_eval(pixels))

    for size in ("tiny", "small", "base", "large", "xlarge"):
        preset, repo = f"convnext_{size}", f"convnext-{size}"
        if size != "xlarge":
            convnext(preset, f"{repo}-224", "in1k", "Apache-2.0", 1000, 224)
        if size in ("base", "large"):
            convnext(preset, f"{repo}-384", "in1k_384", "Apache-2.0", 1000, 384)
        convnext(preset, f"{repo}-224-22k", "in22k", "Apache-2.0", 21841, 224)
        convnext(preset, f"{repo}-224-22k-1k", "in22k_ft_in1k", "Apache-2.0", 1000, 224)
        convnext(preset, f"{repo}-384-22k-1k", "in22k_ft_in1k_384", "Apache-2.0", 1000, 384)
    # Converted from the authors' files, whose licence is the stricter one.
    for size in "atto femto pico nano tiny base large huge".split():
        convnext(f"convnextv2_{size}", f"convnextv2-{size}-1k-224", "ft_in1k", CC_BY_NC, 1000, 224)
    for size, pixels in [(s, p) for s in ("nano", "tiny", "base", "large") for p in (224, 384)] + [
            ("huge", 384), ("huge", 512)]:
        tag = "ft_in22k_in1k" + ("" if pixels == 224 else f"_{pixels}")
        convnext(f"convnextv2_{size}", f"convnextv2-{size}-22k-{pixels}", tag, CC_BY_NC, 1000,
                 pixels)

    for size, patch, pixels in (("base", 16, 224), ("base", 16, 384), ("base", 32, 384),
                                ("large", 16, 224), ("large", 16, 384), ("large", 32, 384)):
        config = ({} if patch == 16 else {"patch": patch}) | (
            {} if pixels == 224 else {"imageSize": pixels})
        add(f"vit_{size}.google_patch{patch}_{pixels}", f"vit_{size}", "huggingface",
            f"{hub}google/vit-{size}-patch{patch}-{pixels}", "Apache-2.0", 1000, pixels, "bilinear",
            HALF, squash=True, config=config)
    for size, patch in (("base", 16), ("base", 32), ("large", 16), ("large", 32), ("huge", 14)):
        config = {} if patch in (14, 16) else {"patch": patch}
        add(f"vit_{size}.google_patch{patch}_224_in21k", f"vit_{size}", "huggingface",
            f"{hub}google/vit-{size}-patch{patch}-224-in21k", "Apache-2.0", 0, 224, "bilinear",
            HALF, squash=True, config=config)
    for size in ("base", "large", "huge"):
        add(f"mae_vit_{size}.hub", f"mae_vit_{size}", "huggingface",
            f"{hub}facebook/vit-mae-{size}", CC_BY_NC, 0, 224, "bilinear", IMAGENET, squash=True,
            config={"normalizedTargets": False})
    for depth in (18, 34, 50, 101, 152):
        add(f"resnet{depth}.microsoft", f"resnet{depth}", "huggingface",
            f"{hub}microsoft/resnet-{depth}", "Apache-2.0", 1000, 224, "bicubic", IMAGENET,
            resize=256)


timm_all()
torchvision_all()
facebook_all()
hub_all()
mmseg_all()
order = list(dict.fromkeys(m["preset"] for m in models))
models.sort(key=lambda m: order.index(m["preset"]))
names = [m["name"] for m in models]
assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
with open(sys.argv[1], "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(m) for m in models) + "\n]\n")

"""Writes folders as the hub has them, with the packages' own save_pretrained, and their outputs.

usage: hub_folders.py FOLDER

Each folder FOLDER/NAME is a repository; FOLDER/NAME/expected.safetensors.out holds the image and
what the package computes from it. Weights are random, with a fixed seed.
"""

import json
import sys
from pathlib import Path

import timm
import torch
import transformers as tf
from safetensors.torch import save_file

ROOT = Path(sys.argv[1])
LABELS = ["cat", "dog", "bird", "fish", "tree", "rock"]


def perturb(model):
    """Random values everywhere, so that no parameter is at a value that hides a fault."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "pos_embed" in name and not value.requires_grad:
                continue
            noise = torch.randn(value.shape, generator=generator) * 0.02
            value.add_(noise)
        for name, value in model.named_buffers():
            if name.endswith("running_var"):
                value.uniform_(0.5, 1.5, generator=generator)
            elif name.endswith("running_mean"):
                value.normal_(0, 0.1, generator=generator)
    return model.eval()


def labelled(config):
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in config.id2label.items()}
    return config


def write(name, image, output, extra=None):
    tensors = {"image": image, "output": output.contiguous()}
    tensors.update(extra or {})
    save_file(tensors, str(ROOT / f"{name}.expected"))


def hub(name, model, processor, side, pick, **saving):
    perturb(model)
    folder = ROOT / name
    model.save_pretrained(folder, **saving)
    if processor is not None:
        processor.save_pretrained(folder)
    image = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(5)) - 0.5
    with torch.no_grad():
        write(name, image, pick(model(image)))


def timm_folder(name, architecture, side, safe=True, **arguments):
    classes = arguments.pop("num_classes", 6)
    model = perturb(timm.create_model(architecture, num_classes=classes, **arguments))
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    timm.models.save_for_hf(
        model,
        folder,
        model_config={"label_names": LABELS} if classes == 6 else None,
        model_args=arguments or None,
        safe_serialization=safe,
    )
    image = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(5)) - 0.5
    with torch.no_grad():
        write(name, image, model(image))


def logits(output):
    return output.logits


ROOT.mkdir(parents=True, exist_ok=True)
hub(
    "segformer-tuned",
    tf.SegformerForSemanticSegmentation(
        labelled(
            tf.SegformerConfig(
                depths=[1, 2, 1, 1],
                hidden_sizes=[16, 24, 40, 48],
                num_attention_heads=[1, 2, 4, 8],
                decoder_hidden_size=72,
            )
        )
    ),
    tf.SegformerImageProcessor(do_reduce_labels=True, size={"height": 96, "width": 128}),
    96,
    logits,
)
hub(
    "mit-classifier",
    tf.SegformerForImageClassification(labelled(tf.SegformerConfig(depths=[1, 1, 2, 1]))),
    tf.SegformerImageProcessor(),
    64,
    logits,
    safe_serialization=False,
)
hub(
    "convnext-tuned",
    tf.ConvNextForImageClassification(
        labelled(
            tf.ConvNextConfig(
                depths=[1, 1, 2, 1], hidden_sizes=[24, 40, 56, 96], layer_norm_eps=1e-7
            )
        )
    ),
    tf.ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=0.9),
    64,
    logits,
    max_shard_size="200KB",
)
hub(
    "convnextv2-tuned",
    tf.ConvNextV2ForImageClassification(
        labelled(tf.ConvNextV2Config(depths=[1, 1, 2, 1], hidden_sizes=[24, 40, 56, 96]))
    ),
    tf.ConvNextImageProcessor(size={"shortest_edge": 384}),
    64,
    logits,
)
hub(
    "vit-tuned",
    tf.ViTForImageClassification(
        labelled(
            tf.ViTConfig(
                hidden_size=96,
                num_hidden_layers=3,
                num_attention_heads=4,
                intermediate_size=384,
                image_size=80,
                patch_size=8,
            )
        )
    ),
    tf.ViTImageProcessor(size={"height": 80, "width": 80}),
    80,
    logits,
)
hub(
    "resnet-tuned",
    tf.ResNetForImageClassification(
        labelled(
            tf.ResNetConfig(
                embedding_size=16, hidden_sizes=[64, 128, 256, 512], depths=[1, 2, 1, 1]
            )
        )
    ),
    tf.ConvNextImageProcessor(),
    64,
    logits,
)
mae = perturb(
    tf.ViTMAEForPreTraining(
        tf.ViTMAEConfig(
            hidden_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=384,
            image_size=64,
            patch_size=8,
            decoder_hidden_size=48,
            decoder_num_hidden_layers=2,
            decoder_num_attention_heads=4,
            decoder_intermediate_size=192,
            mask_ratio=0.6,
            norm_pix_loss=True,
        )
    )
)
mae.save_pretrained(ROOT / "mae-tuned")
tf.ViTImageProcessor(size={"height": 64, "width": 64}).save_pretrained(ROOT / "mae-tuned")
image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(5)) - 0.5
noise = torch.rand(2, 64, generator=torch.Generator().manual_seed(6))
with torch.no_grad():
    write("mae-tuned", image, mae(image, noise=noise).logits, {"noise": noise})

# Networks without a head: their features, one vector an image. The first token of a transformer is
# taken before ViTModel's pooler, which no classifier uses.
hub(
    "convnext-model",
    tf.ConvNextModel(
        tf.ConvNextConfig(depths=[1, 1, 2, 1], hidden_sizes=[24, 40, 56, 96], layer_norm_eps=1e-7)
    ),
    tf.ConvNextImageProcessor(size={"shortest_edge": 64}),
    64,
    lambda output: output.pooler_output,
)
hub(
    "convnextv2-model",
    tf.ConvNextV2Model(tf.ConvNextV2Config(depths=[1, 1, 2, 1], hidden_sizes=[24, 40, 56, 96])),
    tf.ConvNextImageProcessor(size={"shortest_edge": 64}),
    64,
    lambda output: output.pooler_output,
)
hub(
    "segformer-model",
    tf.SegformerModel(tf.SegformerConfig(depths=[1, 1, 2, 1])),
    tf.SegformerImageProcessor(),
    64,
    lambda output: output.last_hidden_state.mean((2, 3)),
)
SMALL = dict(
    hidden_size=96,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=384,
    image_size=64,
    patch_size=8,
)
for pooler in (True, False):
    hub(
        "vit-model" if pooler else "vit-model-bare",
        tf.ViTModel(tf.ViTConfig(**SMALL), add_pooling_layer=pooler),
        tf.ViTImageProcessor(size={"height": 64, "width": 64}),
        64,
        lambda output: output.last_hidden_state[:, 0],
    )
hub(
    "mae-model",
    tf.ViTMAEModel(tf.ViTMAEConfig(mask_ratio=0.0, **SMALL)),
    tf.ViTImageProcessor(size={"height": 64, "width": 64}),
    64,
    lambda output: output.last_hidden_state[:, 0],
)

timm_folder("timm-convnext", "convnext_atto", 64, depths=(1, 1, 2, 1), dims=(24, 40, 56, 96))
timm_folder("timm-convnext-torch", "convnext_pico", 64, safe=False, num_classes=1000)
timm_folder("timm-convnext-bare", "convnext_atto", 64, num_classes=0, depths=(1, 1, 1, 1))
timm_folder("timm-convnextv2", "convnextv2_atto", 64, depths=(1, 1, 1, 1))
timm_folder("timm-vit", "vit_tiny_patch16_224", 96, img_size=96, depth=2)
timm_folder("timm-vit-mean", "vit_tiny_patch16_224", 64, img_size=64, depth=2, global_pool="avg")
timm_folder("timm-vit-384", "vit_tiny_patch16_384", 384, depth=1)
timm_folder("timm-resnet", "resnet18", 64)

for name, model, key in [
    ("refused-activation", tf.ConvNextForImageClassification(tf.ConvNextConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 8, 8], hidden_act="relu")), "hidden_act"),
    ("refused-bias", tf.ViTForImageClassification(tf.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        qkv_bias=False)), "qkv_bias"),
    ("refused-mlp", tf.ViTForImageClassification(tf.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48)),
        "intermediate_size"),
]:
    model.save_pretrained(ROOT / name)
model = timm.create_model("vit_tiny_patch16_224", depth=1, img_size=32, qk_norm=True)
(ROOT / "refused-qk-norm").mkdir()
timm.models.save_for_hf(
    model, ROOT / "refused-qk-norm", model_args={"depth": 1, "img_size": 32, "qk_norm": True})

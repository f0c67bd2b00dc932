"""The other half of RoundTripTest: timm, transformers and torchvision load strictly what Fovea wrote.

usage: round_trip.py FOLDER

For every NAME.weights.safetensors in FOLDER the network of the reference loads the file, all of it,
and computes logits from inputs.safetensors; they are compared with NAME.output.safetensors. Then its
weights are changed and written to NAME.back.safetensors, with the logits in NAME.expected.safetensors.
Prints one line a network, and ends with 1 if one differs.
"""

import glob
import math
import os
import re
import sys

import timm
import torch
import torchvision
import transformers
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import Block
from torch import nn
from torch.nn import functional as F

TOLERANCE = 1e-4
CLASSES = 7


def convnext_timm(name):
    return timm.create_model(name, num_classes=CLASSES), lambda m, x: m(x)


def hugging_face(kind, config):
    model = getattr(transformers, kind)(config)
    return model, lambda m, x: m(x).logits


def convnext_hugging_face(version):
    config = getattr(transformers, f"ConvNext{version}Config")
    sizes = config(depths=[2, 2, 6, 2], hidden_sizes=[40, 80, 160, 320], num_labels=CLASSES)
    return hugging_face(f"ConvNext{version}ForImageClassification", sizes)


def facebook(name):
    """timm reads the authors' files through its own filter."""
    model, run = convnext_timm(name)
    module = sys.modules[type(model).__module__]
    return model, run, lambda d: module.checkpoint_filter_fn({"model": d}, model)


def dense(state):
    """The authors' remap_checkpoint_keys: sparse kernels and names to those of the dense network."""
    result = {}
    for name, value in state.items():
        name = re.sub(r"^encoder\.", "", name)
        if name.endswith("kernel"):
            side = math.isqrt(value.shape[0])
            if value.dim() == 3:
                value = value.permute(2, 1, 0).reshape(*value.shape[:0:-1], side, side)
            else:
                value = value.permute(1, 0).reshape(-1, 1, side, side)
            value = value.transpose(3, 2).contiguous()
            name = name[: -len("kernel")] + "weight"
        else:
            name = re.sub(r"\.(ln|linear)\.", ".", name)
        if name.endswith("bias"):
            value = value.reshape(-1)
        result[name] = value
    return result


def fcmae():
    model, _, rename = facebook("convnextv2_atto")
    head = {k: v for k, v in model.state_dict().items() if k.startswith("head.")}

    def pooled(m, x):
        return m.forward_features(x).mean((2, 3))

    return model, pooled, lambda d: {**rename_all(rename(dense(d)), model), **head}


def rename_all(state, model):
    """timm's filter asks for a head to know a file of the authors; matrices become convolutions."""
    shapes = {k: v.shape for k, v in model.state_dict().items()}
    return {k: v.reshape(shapes[k]) for k, v in state.items()}


class MmsegAttention(nn.Module):
    def __init__(self, dim, heads, reduction):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, heads)
        if reduction > 1:
            self.sr = nn.Conv2d(dim, dim, reduction, reduction)
            self.norm = nn.LayerNorm(dim, 1e-6)
        self.reduction = reduction

    def forward(self, x, size):
        short = x
        if self.reduction > 1:
            short = self.sr(x.transpose(1, 2).reshape(x.shape[0], -1, *size))
            short = self.norm(short.flatten(2).transpose(1, 2))
        query, key = x.transpose(0, 1), short.transpose(0, 1)
        return self.attn(query, key, key)[0].transpose(0, 1)


class MmsegBlock(nn.Module):
    def __init__(self, dim, heads, reduction):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, 1e-6)
        self.attn = MmsegAttention(dim, heads, reduction)
        self.norm2 = nn.LayerNorm(dim, 1e-6)
        self.ffn = nn.Module()
        self.ffn.layers = nn.Sequential(
            nn.Conv2d(dim, 4 * dim, 1),
            nn.Conv2d(4 * dim, 4 * dim, 3, padding=1, groups=4 * dim),
            nn.GELU(),
            nn.Identity(),
            nn.Conv2d(4 * dim, dim, 1),
        )

    def forward(self, x, size):
        x = x + self.attn(self.norm1(x), size)
        wide = self.norm2(x).transpose(1, 2).reshape(x.shape[0], -1, *size)
        return x + self.ffn.layers(wide).flatten(2).transpose(1, 2)


class ConvModule(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class MmsegSegFormer(nn.Module):
    """mmsegmentation 1.x: MixVisionTransformer under SegformerHead, modules named as there."""

    def __init__(self, dims, depths, heads, reductions, channels):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.layers = nn.ModuleList()
        for i, dim in enumerate(dims):
            embed = nn.Module()
            kernel = 3 if i else 7
            inputs = dims[i - 1] if i else 3
            embed.projection = nn.Conv2d(inputs, dim, kernel, 2 if i else 4, kernel // 2)
            embed.norm = nn.LayerNorm(dim, 1e-6)
            blocks = [MmsegBlock(dim, heads[i], reductions[i]) for _ in range(depths[i])]
            parts = [embed, nn.ModuleList(blocks), nn.LayerNorm(dim, 1e-6)]
            self.backbone.layers.append(nn.ModuleList(parts))
        self.decode_head = nn.Module()
        self.decode_head.convs = nn.ModuleList(ConvModule(dim, channels) for dim in dims)
        self.decode_head.fusion_conv = ConvModule(4 * channels, channels)
        self.decode_head.conv_seg = nn.Conv2d(channels, CLASSES, 1)

    def forward(self, x):
        maps = []
        for embed, blocks, norm in self.backbone.layers:
            x = embed.projection(x)
            size = x.shape[2:]
            x = embed.norm(x.flatten(2).transpose(1, 2))
            for block in blocks:
                x = block(x, size)
            x = norm(x).transpose(1, 2).reshape(x.shape[0], -1, *size)
            maps.append(x)
        size = maps[0].shape[2:]
        levels = [
            F.interpolate(conv(m), size, mode="bilinear", align_corners=False)
            for conv, m in zip(self.decode_head.convs, maps)
        ]
        return self.decode_head.conv_seg(self.decode_head.fusion_conv(torch.cat(levels, 1)))


def mmseg():
    model = MmsegSegFormer([32, 64, 160, 256], [2, 2, 2, 2], [1, 2, 5, 8], [8, 4, 2, 1], 256)
    return model, lambda m, x: m(x)


def vit_hugging_face():
    config = transformers.ViTConfig(
        hidden_size=192,
        num_hidden_layers=12,
        num_attention_heads=3,
        intermediate_size=768,
        num_labels=CLASSES,
    )
    return hugging_face("ViTForImageClassification", config)


def mae_hugging_face():
    config = transformers.ViTMAEConfig(
        hidden_size=192,
        num_hidden_layers=6,
        num_attention_heads=3,
        intermediate_size=768,
        image_size=96,
        patch_size=8,
        decoder_hidden_size=128,
        decoder_num_hidden_layers=2,
        decoder_num_attention_heads=4,
        decoder_intermediate_size=512,
    )
    model = transformers.ViTMAEForPreTraining(config)
    return model, lambda m, x: m(x, noise=inputs["noise"]).logits


def timm_vit(**options):
    return timm.create_model("vit_tiny_patch16_224", num_classes=CLASSES, **options), lambda m, x: m(x)


def resnet_hugging_face():
    config = transformers.ResNetConfig(
        depths=[2, 2, 2, 2],
        hidden_sizes=[64, 128, 256, 512],
        layer_type="basic",
        num_labels=CLASSES,
    )
    return hugging_face("ResNetForImageClassification", config)


def base(kind, config, prefix, run):
    """A model of the hub without a head: Fovea writes the prefix, the model's own files have none."""
    model = getattr(transformers, kind)(config)
    rest = {k: v for k, v in model.state_dict().items() if k.startswith("pooler.")}

    def rename(state):
        return {**{k[len(prefix) :]: v for k, v in state.items()}, **rest}

    return model, run, rename, True


def vit_sizes(kind, **options):
    return getattr(transformers, kind)(
        hidden_size=192, num_hidden_layers=12, num_attention_heads=3, intermediate_size=768, **options
    )


def mean(m, x):
    return m(x).last_hidden_state.mean((2, 3))


def pooled(m, x):
    return m(x).pooler_output


def first(m, x):
    return m(x).last_hidden_state[:, 0]


def convnext_base(version):
    sizes = getattr(transformers, f"ConvNext{version}Config")(
        depths=[2, 2, 6, 2], hidden_sizes=[40, 80, 160, 320]
    )
    return base(f"ConvNext{version}Model", sizes, f"convnext{version.lower()}.", pooled)


NVLABS = [  # the converter of transformers, convert_segformer_original_to_pytorch.py
    (r"^backbone\.(patch_embed|block|norm)(\d)\.", lambda m: f"segformer.encoder.{m[1]}.{int(m[2]) - 1}."),
    (r"encoder\.norm\.", "encoder.layer_norm."),
    (r"encoder\.patch_embed\.(\d)\.norm\.", r"encoder.patch_embeddings.\1.layer_norm."),
    (r"encoder\.patch_embed\.", "encoder.patch_embeddings."),
    (r"\.norm([12])\.", r".layer_norm_\1."),
    (r"\.attn\.q\.", ".attention.self.query."),
    (r"\.attn\.sr\.", ".attention.self.sr."),
    (r"\.attn\.norm\.", ".attention.self.layer_norm."),
    (r"\.attn\.proj\.", ".attention.output.dense."),
    (r"\.mlp\.fc", ".mlp.dense"),
    (r"^decode_head\.linear_c(\d)\.", lambda m: f"decode_head.linear_c.{int(m[1]) - 1}."),
    (r"^decode_head\.linear_fuse\.conv\.", "decode_head.linear_fuse."),
    (r"^decode_head\.linear_fuse\.bn\.", "decode_head.batch_norm."),
    (r"^decode_head\.linear_pred\.", "decode_head.classifier."),
]


def nvlabs_names(state):
    result = {}
    for name, value in state.items():
        for pattern, replacement in NVLABS:
            name = re.sub(pattern, replacement, name)
        if ".attn.kv." in name:
            for part, rows in zip(("key", "value"), value.chunk(2)):
                result[name.replace(".attn.kv.", f".attention.self.{part}.")] = rows
        else:
            result[name] = value
    return result


def nvlabs():
    """The network of transformers with the epsilons of the authors' code."""
    config = transformers.SegformerConfig(num_labels=CLASSES)
    model = transformers.SegformerForSemanticSegmentation(config)
    for name, module in model.named_modules():
        if re.search(r"layer_norm_[12]$|encoder\.layer_norm\.\d$", name):
            module.eps = 1e-6
    return model, lambda m, x: m(x).logits, nvlabs_names


class MaeFacebook(nn.Module):
    """models_mae.py: modules named as there, of timm's blocks; sizes of Fovea's mae_nano."""

    def __init__(self, image=96, patch=8, dim=192, depth=6, heads=3, dim2=128, depth2=2, heads2=4):
        super().__init__()
        norm = {"norm_layer": lambda d, **_: nn.LayerNorm(d, 1e-6), "qkv_bias": True}
        patches = (image // patch) ** 2
        self.patch_embed = timm.layers.PatchEmbed(image, patch, 3, dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + patches, dim))
        self.blocks = nn.ModuleList(Block(dim, heads, **norm) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, 1e-6)
        self.decoder_embed = nn.Linear(dim, dim2)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, dim2))
        self.decoder_pos_embed = nn.Parameter(torch.zeros(1, 1 + patches, dim2))
        self.decoder_blocks = nn.ModuleList(Block(dim2, heads2, **norm) for _ in range(depth2))
        self.decoder_norm = nn.LayerNorm(dim2, 1e-6)
        self.decoder_pred = nn.Linear(dim2, 3 * patch * patch)

    def forward(self, image, noise):
        x = self.patch_embed(image) + self.pos_embed[:, 1:]
        batch, patches, dim = x.shape
        kept = patches // 4
        shuffle = noise.argsort(1)
        restore = shuffle.argsort(1)
        x = x.gather(1, shuffle[:, :kept, None].expand(-1, -1, dim))
        x = torch.cat(((self.cls_token + self.pos_embed[:, :1]).expand(batch, -1, -1), x), 1)
        for block in self.blocks:
            x = block(x)
        x = self.decoder_embed(self.norm(x))
        masked = self.mask_token.expand(batch, patches - kept, -1)
        y = torch.cat((x[:, 1:], masked), 1).gather(1, restore[:, :, None].expand(-1, -1, x.shape[2]))
        x = torch.cat((x[:, :1], y), 1) + self.decoder_pos_embed
        for block in self.decoder_blocks:
            x = block(x)
        return self.decoder_pred(self.decoder_norm(x))[:, 1:]


REFERENCES = {
    "segformer_b0.nvlabs": nvlabs,
    "mae_nano.facebook": lambda: (MaeFacebook(), lambda m, x: m(x, inputs["noise"])),
    "convnext_atto.huggingface.base": lambda: convnext_base(""),
    "convnextv2_atto.huggingface.base": lambda: convnext_base("V2"),
    "resnet18.huggingface.base": lambda: base(
        "ResNetModel",
        transformers.ResNetConfig(
            depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic"
        ),
        "resnet.",
        mean,
    ),
    "mit_b0.huggingface.base": lambda: base(
        "SegformerModel", transformers.SegformerConfig(), "segformer.", mean
    ),
    "vit_tiny.huggingface.base": lambda: base("ViTModel", vit_sizes("ViTConfig"), "vit.", first),
    "vit_tiny.huggingface.mae": lambda: base(
        "ViTMAEModel", vit_sizes("ViTMAEConfig", mask_ratio=0.0), "vit.", first
    ),
    "convnext_atto.timm": lambda: convnext_timm("convnext_atto"),
    "convnext_tiny.timm": lambda: convnext_timm("convnext_tiny"),
    "convnext_atto.facebook": lambda: facebook("convnext_atto"),
    "convnext_atto.huggingface": lambda: convnext_hugging_face(""),
    "convnextv2_atto.timm": lambda: convnext_timm("convnextv2_atto"),
    "convnextv2_tiny.timm": lambda: convnext_timm("convnextv2_tiny"),
    "convnextv2_atto.facebook": lambda: facebook("convnextv2_atto"),
    "convnextv2_atto.huggingface": lambda: convnext_hugging_face("V2"),
    "convnextv2_atto.fcmae": fcmae,
    "resnet18.torchvision": lambda: (torchvision.models.resnet18(num_classes=CLASSES), lambda m, x: m(x)),
    "resnet50.torchvision": lambda: (torchvision.models.resnet50(num_classes=CLASSES), lambda m, x: m(x)),
    "resnet18.timm": lambda: convnext_timm("resnet18"),
    "resnet18.huggingface": resnet_hugging_face,
    "vit_tiny.timm": timm_vit,
    "vit_tiny.facebook": lambda: timm_vit(global_pool="avg"),
    "vit_tiny.huggingface": vit_hugging_face,
    "mae_nano.huggingface": mae_hugging_face,
    "segformer_b0.huggingface": lambda: hugging_face(
        "SegformerForSemanticSegmentation", transformers.SegformerConfig(num_labels=CLASSES)
    ),
    "segformer_b0.mmseg": mmseg,
    "mit_b0.huggingface": lambda: hugging_face(
        "SegformerForImageClassification", transformers.SegformerConfig(num_labels=CLASSES)
    ),
}


def deviation(got, expected):
    return ((got - expected).abs().max() / expected.abs().max()).item()


def main(folder):
    failed = False
    for path in sorted(glob.glob(os.path.join(folder, "*.weights.safetensors"))):
        name = os.path.basename(path)[: -len(".weights.safetensors")]
        model, run, *more = REFERENCES[name]()
        rename, back = (*more, False)[:2] if more else (None, True)
        model.eval()
        state = load_file(path)
        model.load_state_dict(rename(state) if rename else state, strict=True)
        image = inputs["large"] if name.startswith("vit") else inputs["small"]
        with torch.no_grad():
            error = deviation(run(model, image), load_file(path.replace(".weights.", ".output."))["output"])
            failed |= not error <= TOLERANCE
            print(f"{name:30} {error:.1e}{'' if error <= TOLERANCE else '  DIFFERS'}")
            if back:
                for value in model.state_dict().values():
                    if value.is_floating_point() and value.dim() != 3:  # not the tables of positions
                        value.mul_(1.0 + 0.05 * torch.rand_like(value))
                changed = {k: v.contiguous() for k, v in model.state_dict().items()}
                save_file(changed, path.replace(".weights.", ".back."))
                output = run(model, image).contiguous()
                save_file({"output": output}, path.replace(".weights.", ".expected."))
    return 1 if failed else 0


if __name__ == "__main__":
    torch.manual_seed(0)
    inputs = load_file(os.path.join(sys.argv[1], "inputs.safetensors"))
    sys.exit(main(sys.argv[1]))

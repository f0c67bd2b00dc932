"""Writes resources/weights/adapt.safetensors: what AdaptTest expects of timm and of the authors of MAE.

usage: adapt.py FILE

timm's own functions resize tables of positions (resample_abs_pos_embed) and fit first kernels
(adapt_input_conv). MAE's interpolate_pos_embed is torch's interpolate, bicubic, without antialiasing;
transformers' ViT must agree with it. Made with torch 2.7.1, timm 1.0.31, transformers 4.46.3.
"""

import sys

import torch
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed
from timm.models._manipulate import adapt_input_conv
from torch.nn import functional as F
from transformers import ViTConfig
from transformers.models.vit.modeling_vit import ViTEmbeddings

DIM = 4
GRIDS = {3: [1, 2, 5], 7: [3, 14], 14: [10, 24]}  # from: to
CHANNELS = [1, 2, 4, 6, 7]


def mae(table, to):
    prefix, patches = table[:, :1], table[:, 1:]
    side = int(patches.shape[1] ** 0.5)
    patches = patches.reshape(1, side, side, DIM).permute(0, 3, 1, 2)
    patches = F.interpolate(patches, size=(to, to), mode="bicubic", align_corners=False)
    return torch.cat((prefix, patches.permute(0, 2, 3, 1).flatten(1, 2)), 1)


def hugging_face(table, side, to):
    config = ViTConfig(hidden_size=DIM, image_size=side, patch_size=1)
    embeddings = ViTEmbeddings(config)
    embeddings.position_embeddings.data = table
    return embeddings.interpolate_pos_encoding(torch.zeros(1, to * to + 1, DIM), to, to)


def main(path):
    torch.manual_seed(0)
    tensors = {}
    for side, others in GRIDS.items():
        table = 0.02 * torch.randn(1, 1 + side * side, DIM)
        tensors[f"table.{side}"] = table
        for to in others:
            plain = mae(table, to)
            assert torch.allclose(plain, hugging_face(table, side, to), atol=1e-7)
            tensors[f"PLAIN.{side}.{to}"] = plain
            tensors[f"ANTIALIASED.{side}.{to}"] = resample_abs_pos_embed(table, [to, to])
    kernel = torch.randn(2, 3, 2, 2)
    tensors["kernel"] = kernel
    for channels in CHANNELS:
        tensors[f"kernel.{channels}"] = adapt_input_conv(channels, kernel)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, path)


if __name__ == "__main__":
    main(sys.argv[1])

"""Photographs in every format and with many options, and what Pillow makes of them.

    python photo_formats.py OUTPUT KINDS PHOTO...

Writes a file for each photograph and each kind of which the name matches the regular expression KINDS,
and files.csv: name, width, height, SHA-256 of the RGB bytes of
ImageOps.exif_transpose(Image.open(file)).convert("RGB").
"""

import hashlib
import io
import os
import re
import struct
import sys

from PIL import Image, ImageOps

folder, wanted = sys.argv[1], re.compile(sys.argv[2])
kinds = {}


def kind(name, ending, format, before=None, **options):
    def write(image):
        out = io.BytesIO()
        (before(image) if before else image).save(out, format, **options)
        return out.getvalue()

    kinds[f"{name}.{ending}"] = write


def odd(width, height):
    """A cut of a size that fits no block, at a place where something is to be seen."""
    return lambda image: image.crop((17, 9, 17 + width, 9 + height))


def segments(jpeg):
    """The segments of a JPEG: marker, content, and the data that follows a scan's header."""
    at = 2
    while jpeg[at + 1] != 0xD9:
        end = at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        after = end
        if jpeg[at + 1] == 0xDA:
            while jpeg[after] != 0xFF or jpeg[after + 1] == 0 or 0xD0 <= jpeg[after + 1] <= 0xD7:
                after += 1
        yield jpeg[at + 1], jpeg[at + 4 : end], jpeg[end:after]
        at = after


def segment(marker, content, data=b""):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + data


def sampled(name, factors, before=None, **options):
    """A JPEG with any sampling factors, which Pillow does not write: of three grey ones, scan by scan."""

    def write(image):
        image = before(image) if before else image
        most = [max(f[i] for f in factors) for i in (0, 1)]
        head, scans = b"", b""
        for i, (plane, (h, v)) in enumerate(zip(image.convert("YCbCr").split(), factors)):
            size = [-(-s * f // m) for s, f, m in zip(image.size, (h, v), most)]
            out = io.BytesIO()
            plane.resize(size, Image.Resampling.BOX).save(out, "jpeg", **options)
            for marker, content, data in segments(out.getvalue()):
                if marker in (0xC0, 0xC1, 0xC2):
                    frame = struct.pack(">BHHB", 8, image.height, image.width, 3)
                    frame += b"".join(bytes([n + 1, a * 16 + b, 0]) for n, (a, b) in enumerate(factors))
                    head += segment(marker, frame) if i == 0 else b""
                elif marker == 0xDA:
                    scans += segment(marker, bytes([1, i + 1]) + content[2:], data)
                elif marker in (0xC4, 0xDD):
                    scans += segment(marker, content)
                else:
                    head += segment(marker, content) if i == 0 else b""
        return b"\xff\xd8" + head + scans + b"\xff\xd9"

    kinds[name + ".jpg"] = write


# JPEG -----------------------------------------------------------------------------------------

for progressive in (False, True):
    p = "progressive" if progressive else "baseline"
    for sampling in ("444", "422", "420"):
        for quality in (5, 30, 75, 95, 100):
            kind(f"{p}_{sampling}_q{quality}", "jpg", "jpeg", quality=quality, progressive=progressive,
                 subsampling=":".join(sampling))
        for width, height in ((1, 1), (2, 3), (5, 40), (40, 5), (33, 31), (129, 66)):
            kind(f"{p}_{sampling}_{width}x{height}", "jpg", "jpeg", odd(width, height), quality=85,
                 progressive=progressive, subsampling=":".join(sampling))
    kind(f"{p}_grey", "jpg", "jpeg", lambda i: i.convert("L"), quality=80, progressive=progressive)
    kind(f"{p}_cmyk", "jpg", "jpeg", lambda i: i.convert("CMYK"), quality=80, progressive=progressive)
    kind(f"{p}_rgb", "jpg", "jpeg", quality=80, keep_rgb=True, progressive=progressive)
    kind(f"{p}_restart_blocks", "jpg", "jpeg", restart_marker_blocks=3, progressive=progressive)
    kind(f"{p}_restart_rows", "jpg", "jpeg", restart_marker_rows=1, quality=60, progressive=progressive)
    kind(f"{p}_optimized", "jpg", "jpeg", optimize=True, quality=70, progressive=progressive)
    kind(f"{p}_flat", "jpg", "jpeg", lambda i: i.resize((200, 150), Image.Resampling.BOX, (0, 0, 2, 2)),
         quality=75, progressive=progressive)
    for factors in (
        ((4, 1), (1, 1), (1, 1)),
        ((1, 2), (1, 1), (1, 1)),
        ((4, 2), (1, 1), (1, 1)),
        ((2, 2), (2, 1), (1, 2)),
        ((2, 2), (1, 1), (2, 2)),
        ((1, 1), (2, 2), (1, 1)),
        ((1, 4), (1, 1), (1, 2)),
    ):
        n = "_".join(f"{h}x{v}" for h, v in factors)
        sampled(f"{p}_scans_{n}", factors, quality=80, progressive=progressive)
        sampled(f"{p}_scans_{n}_odd", factors, odd(37, 45), quality=80, progressive=progressive)

# WebP -----------------------------------------------------------------------------------------


def translucent(image):
    image = image.copy()
    image.putalpha(image.convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    return image


for quality in (0, 20, 50, 80, 100):
    for method in (0, 4, 6):
        kind(f"lossy_q{quality}_m{method}", "webp", "webp", quality=quality, method=method)
for width, height in ((1, 1), (2, 3), (5, 40), (40, 5), (33, 31), (129, 66)):
    kind(f"lossy_{width}x{height}", "webp", "webp", odd(width, height), quality=60)
    kind(f"lossless_{width}x{height}", "webp", "webp", odd(width, height), lossless=True)
kind("lossy_alpha", "webp", "webp", translucent, quality=70)
kind("lossy_sharp", "webp", "webp", quality=70, use_sharp_yuv=True)
for quality, method in ((0, 0), (50, 2), (75, 4), (100, 5)):
    kind(f"lossless_q{quality}_m{method}", "webp", "webp", lossless=True, quality=quality, method=method)
kind("lossless_alpha", "webp", "webp", translucent, lossless=True, exact=True, method=2)
kind("lossless_palette", "webp", "webp", lambda i: i.quantize(200).convert("RGB"), lossless=True)
kind("lossless_few", "webp", "webp", lambda i: i.quantize(13).convert("RGB"), lossless=True)

# Others ---------------------------------------------------------------------------------------

for mode in ("RGB", "RGBA", "L", "P", "1"):
    def convert(image, mode=mode):
        return translucent(image) if mode == "RGBA" else image.convert(mode)

    for ending, format in (("png", "png"), ("bmp", "bmp"), ("gif", "gif")):
        kind(mode, ending, format, convert)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        kind(f"{mode}_{compression}", "tif", "tiff", convert, compression=compression)
for level in (1, 9):
    kind(f"RGB_level{level}", "png", "png", compress_level=level)
kind("RGB_predictor", "tif", "tiff", compression="tiff_lzw", tiffinfo={317: 2})
kind("RGB_strips", "tif", "tiff", compression="tiff_adobe_deflate", tiffinfo={278: 16})

os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "files.csv"), "w") as f:
    for photo in sys.argv[3:]:
        image = Image.open(photo).convert("RGB")
        for ending, write in kinds.items():
            name = os.path.basename(photo).split(".")[0] + "_" + ending
            if not wanted.search(ending):
                continue
            data = write(image)
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
            read = Image.open(io.BytesIO(data))
            read.load()
            read = read if read.format == "TIFF" else ImageOps.exif_transpose(read)
            read = read.convert("RGB")
            f.write(f"{name},{read.width},{read.height},{hashlib.sha256(read.tobytes()).hexdigest()}\n")

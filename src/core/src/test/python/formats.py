"""Image files of every kind, and what Pillow makes of them, for ImageFormatsTest.

    python formats.py ../resources/image/formats

Needs pillow 13.0.0. Writes small files and formats.csv: name, width, height, SHA-256 of the RGB bytes
of ImageOps.exif_transpose(Image.open(file)).convert("RGB").
"""

import hashlib
import io
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
W, H = 21, 15


def drawing(width=W, height=H):
    """A wave, a disc and a little noise: something to predict, something hard."""
    y, x = np.mgrid[0:height, 0:width]
    noise = (np.arange(height * width * 3, dtype=np.uint64) * 2654435761 % 2**32 >> 27) % 16
    rgb = np.stack(
        [
            120 + 100 * np.sin(x / 9.0 + y / 21.0),
            255.0 * x / width,
            np.where((x - width / 2) ** 2 + (y - height / 2) ** 2 < height * height / 9, 230, 40),
        ],
        -1,
    )
    return Image.fromarray((rgb * 15 / 16 + noise.reshape(rgb.shape)).clip(0, 255).astype(np.uint8))


rgb = drawing()
grey = rgb.convert("L")
palette = rgb.quantize(61)
rgba = rgb.copy()
rgba.putalpha(grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
values = np.asarray(rgb).astype(np.uint16)
deep = values * 257 - values % 7 * 30
names = []


def put(name, data):
    if isinstance(data, Image.Image):
        raise TypeError(name)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)
    names.append(name)


def save(name, image, **options):
    out = io.BytesIO()
    image.save(out, {"jpg": "jpeg", "tif": "tiff"}.get(name[-3:], name.split(".")[-1]), **options)
    put(name, out.getvalue())
    return out.getvalue()


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e.tobytes()


# PNG ------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, samples, depth, color, interlaced=False, extra=b"", filters=(0, 1, 2, 3, 4)):
    """samples: (H, W, C) integers of `depth` bits."""
    height, width, channels = samples.shape
    distance = max(1, channels * depth // 8)

    def rows(part):
        above = None
        for y, row in enumerate(part):
            if depth == 16:
                line = row.astype(">u2").tobytes()
            elif depth == 8:
                line = row.astype(np.uint8).tobytes()
            else:
                bits = "".join(f"{int(v):0{depth}b}" for v in row.ravel())
                bits += "0" * (-len(bits) % 8)
                line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
            above = above or bytes(len(line))
            kind = filters[y % len(filters)]
            yield bytes([kind]) + bytes(
                (line[i] - predict(kind, line, above, i, distance)) & 255 for i in range(len(line))
            )
            above = line

    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
        passes.append((0, 1, 1, 2))
    raw = b"".join(
        b"".join(rows(samples[y::dy, x::dx])) for x, y, dx, dy in passes
        if samples[y::dy, x::dx].size
    )
    packed = zlib.compress(raw, 9)
    third = len(packed) // 3
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    put(
        name,
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", packed[:third])
        + chunk(b"IDAT", b"")
        + chunk(b"IDAT", packed[third:])
        + chunk(b"IEND", b""),
    )


def predict(kind, line, above, i, distance):
    left = line[i - distance] if i >= distance else 0
    up = above[i]
    corner = above[i - distance] if i >= distance else 0
    if kind == 4:
        estimate = left + up - corner
        return min((left, up, corner), key=lambda v: abs(estimate - v))
    return (0, left, up, (left + up) // 2)[kind]


colors = chunk(b"PLTE", bytes(palette.getpalette()[: 3 * 61]))
for interlaced in (False, True):
    suffix = "_interlaced" if interlaced else ""
    for depth in (1, 2, 4, 8):
        level = np.asarray(grey)[..., None] >> (8 - depth)
        png(f"grey{depth}{suffix}.png", level, depth, 0, interlaced)
    png(f"rgb8{suffix}.png", values, 8, 2, interlaced)
    png(f"palette8{suffix}.png", np.asarray(palette)[..., None], 8, 3, interlaced, colors)
png("grey16.png", deep[..., :1] // 90, 16, 0)
png("rgb16.png", deep, 16, 2)
png("rgb16_interlaced.png", deep, 16, 2, True)
png("grey_alpha8.png", values[..., :2], 8, 4)
png("grey_alpha16.png", deep[..., :2], 16, 4)
png("rgba8.png", np.asarray(rgba), 8, 6)
png("rgba16.png", np.concatenate([deep, deep[..., :1]], -1), 16, 6)
for depth in (1, 2, 4):
    part = np.asarray(palette)[..., None] % (1 << depth)
    png(f"palette{depth}.png", part, depth, 3, False, colors)
png("palette_transparent.png", np.asarray(palette)[..., None], 8, 3, False,
    colors + chunk(b"tRNS", bytes(range(0, 244, 4))))
png("palette_short.png", np.asarray(palette)[..., None], 8, 3, False,
    chunk(b"PLTE", bytes(palette.getpalette()[: 3 * 20])))
png("grey_transparent.png", np.asarray(grey)[..., None], 8, 0, False, chunk(b"tRNS", b"\0\x64"))
png("rgb_transparent.png", values, 8, 2, False, chunk(b"tRNS", b"\0\x64" * 3))
png("gamma.png", values, 8, 2, False,
    chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0"))
png("one_pixel.png", values[:1, :1], 8, 2, True)
png("exif6.png", values, 8, 2, False, chunk(b"eXIf", exif(6)[6:]))
save("animated.png", rgb, save_all=True, append_images=[ImageOps.invert(rgb)])

# JPEG -----------------------------------------------------------------------------------------

for orientation in range(1, 9):
    save(f"exif{orientation}.jpg", drawing(21, 14), exif=exif(orientation), quality=70)
for sampling, n in (("444", 0), ("422", 1), ("420", 2)):
    save(f"{sampling}.jpg", rgb, subsampling=n, quality=80)
    save(f"{sampling}_progressive.jpg", rgb, subsampling=n, quality=80, progressive=True)
save("restarts.jpg", rgb, restart_marker_blocks=2, quality=80)
save("grey.jpg", grey, quality=80)
save("grey_progressive.jpg", grey, quality=80, progressive=True)
save("cmyk.jpg", rgb.convert("CMYK"), quality=80)
stored = save("rgb.jpg", rgb, keep_rgb=True, quality=90)
save("profile.jpg", rgb, quality=80, icc_profile=b"no profile at all")


def without(data, markers):
    """The same JPEG without some segments before its first scan."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        out += b"" if data[at + 1] in markers else data[at:end]
        at = end
    return out + data[at:]


def adobe(data, transform):
    return data[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform]) + data[2:]


out = io.BytesIO()
rgb.save(out, "jpeg", subsampling=0, quality=85)
bare = without(out.getvalue(), (0xE0, 0xEE))
put("no_markers.jpg", bare)  # three equal components: the JDK alone would call them RGB
put("adobe_rgb.jpg", adobe(bare, 0))
put("adobe_ycc.jpg", adobe(bare, 1))
put("rubbish_between.jpg", out.getvalue()[:20] + b"\0\1\2" + out.getvalue()[20:])
out = io.BytesIO()
rgb.convert("CMYK").save(out, "jpeg", quality=85)
bare = without(out.getvalue(), (0xE0, 0xEE))
put("cmyk_no_markers.jpg", bare)
put("ycck.jpg", adobe(bare, 2))

# BMP ------------------------------------------------------------------------------------------

save("rgb.bmp", rgb)
save("grey.bmp", grey)
save("palette.bmp", palette)
save("one_bit.bmp", grey.convert("1"))
save("rgba.bmp", rgba)


def bmp(name, bits, compression, data, height=H, colors=b"", masks=b""):
    offset = 54 + len(masks) + len(colors)
    header = struct.pack("<IiiHHIIiiII", 40, W, height, 1, bits, compression, len(data), 0, 0,
                         len(colors) // 4, 0)
    put(name, b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + masks
        + colors + data)


def packed(red, green, blue):
    v = values.astype(np.uint32)
    v = (v[..., 0] >> 8 - red << green + blue) | (v[..., 1] >> 8 - green << blue)
    return v | values[..., 2].astype(np.uint32) >> 8 - blue


def lines(array):
    data = array.reshape(array.shape[0], -1)
    return b"".join(row.tobytes() + bytes(-len(row.tobytes()) % 4) for row in data)


bmp("555.bmp", 16, 0, lines(packed(5, 5, 5).astype("<u2")))
bmp("565.bmp", 16, 3, lines(packed(5, 6, 5).astype("<u2")), masks=struct.pack("<III", 0xF800, 0x7E0, 31))
bmp("top_down.bmp", 24, 0, lines(np.asarray(rgb)[..., ::-1]), height=-H)
wide = np.asarray(rgba)[..., [3, 2, 1, 0]]
bmp("masks32.bmp", 32, 3, lines(wide), masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
ramp = b"".join(bytes([i * 3, 255 - i, i, 0]) for i in range(64))
index = np.asarray(grey) >> 2
runs = b""
for row in index[::-1]:
    x = 0
    while x < W:
        n = 1
        while x + n < W and row[x + n] == row[x]:
            n += 1
        if n == 1 and x + 5 <= W:
            runs += bytes([0, 5]) + row[x : x + 5].astype(np.uint8).tobytes() + b"\0"
            x += 5
        else:
            runs += bytes([n, row[x]])
            x += n
    runs += b"\0\0"
bmp("runs8.bmp", 8, 1, runs + b"\0\1", colors=ramp)
skips = b"\x05\x07\x00\x02\x06\x02" + runs
bmp("runs8_skip.bmp", 8, 1, skips + bytes([255, 3, 0, 0]) * 4, colors=ramp)
short = b"".join(bytes([9, 0x12, 0, 6, 0x34, 0x56, 0x78, 0, W - 15, 0x9A, 0, 0]) for _ in range(H))
bmp("runs4.bmp", 4, 2, short + b"\0\1", colors=ramp[:64])
os2 = struct.pack("<IHHHH", 12, W, H, 1, 8) + b"".join(bytes([i, 255 - i, i // 2]) for i in range(256))
put("os2.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(os2)) + os2 + lines(np.asarray(grey)))

# GIF ------------------------------------------------------------------------------------------

save("palette.gif", palette)
save("grey.gif", grey)
save("interlaced.gif", palette, interlace=1)
save("not_interlaced.gif", palette, interlace=0)
save("transparent.gif", palette, transparency=3)
save("two_colors.gif", grey.convert("1"))
save("animated.gif", palette, save_all=True, append_images=[palette.rotate(180)], duration=50)
large = Image.effect_noise((80, 60), 90)
save("codes_full.gif", large)
gif = open(os.path.join(folder, "palette.gif"), "rb").read()
place = gif.index(b",\0\0\0\0")
put("on_screen.gif", gif[:6] + struct.pack("<HH", W + 9, H + 5) + gif[10 : place + 1]
    + struct.pack("<HH", 4, 3) + gif[place + 5 :])
put("off_screen.gif", gif[:6] + struct.pack("<HH", 10, 5) + gif[10 : place + 1]
    + struct.pack("<HH", 4, 3) + gif[place + 5 :])

# TIFF -----------------------------------------------------------------------------------------

for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"):
    save(f"{compression}.tif", rgb, compression=compression)
for mode, image in (("grey", grey), ("palette", palette), ("rgba", rgba), ("one_bit", grey.convert("1")),
                    ("cmyk", rgb.convert("CMYK")), ("la", rgba.convert("LA"))):
    save(f"{mode}.tif", image, compression="tiff_lzw")
save("predictor.tif", rgb, compression="tiff_lzw", tiffinfo={317: 2})
save("predictor_rgba.tif", rgba, compression="tiff_adobe_deflate", tiffinfo={317: 2})
save("grey16.tif", Image.fromarray(np.ascontiguousarray(deep[..., 0] // 90)))
save("grey16_predictor.tif", Image.fromarray(np.ascontiguousarray(deep[..., 0] // 90)),
     compression="tiff_lzw", tiffinfo={317: 2})
save("strips.tif", rgb, compression="tiff_lzw", tiffinfo={278: 7})
for orientation in (3, 6):
    save(f"orientation{orientation}.tif", rgb, tiffinfo={274: orientation})


def tiff(name, order, tags, parts):
    """An uncompressed file of strips or tiles; tags: number -> (type, values)."""
    tiles = 322 in tags
    tags = dict(tags)
    at, offsets = 8, []
    for part in parts:
        offsets.append(at)
        at += len(part)
    tags[324 if tiles else 273] = (4, offsets)
    tags[325 if tiles else 279] = (4, [len(p) for p in parts])
    body, directory = b"".join(parts), b""
    after = at + 2 + 12 * len(tags) + 4
    later = b""
    for number, (kind, vals) in sorted(tags.items()):
        data = struct.pack(order + str(len(vals)) + {3: "H", 4: "I"}[kind], *vals)
        if len(data) > 4:
            where = struct.pack(order + "I", after + len(later))
            later += data
        else:
            where = data.ljust(4, b"\0")
        directory += struct.pack(order + "HHI", number, kind, len(vals)) + where
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    put(name, head + body + struct.pack(order + "H", len(tags)) + directory + bytes(4) + later)


def tags(samples, bits, photometric, **more):
    base = {256: (3, [W]), 257: (3, [H]), 258: (3, [bits] * samples), 259: (3, [1]),
            262: (3, [photometric]), 277: (3, [samples]), 278: (3, [H])}
    base.update({int(k[1:]): v for k, v in more.items()})
    return base


full = np.asarray(rgb)
tiff("big_endian16.tif", ">", tags(3, 16, 2), [deep.astype(">u2").tobytes()])
tiff("little_endian16.tif", "<", tags(3, 16, 2), [deep.astype("<u2").tobytes()])
tiff("grey16_big_endian.tif", ">", tags(1, 16, 1), [(deep[..., 0] // 90).astype(">u2").tobytes()])
tiff("planes.tif", "<", tags(3, 8, 2, t284=(3, [2])), [full[..., c].tobytes() for c in range(3)])
tiff("white_is_zero.tif", ">", tags(1, 8, 0), [np.asarray(grey).tobytes()])
bits4 = np.asarray(grey)[:, : W - 1] >> 4
nibbles = np.concatenate([bits4, np.zeros((H, 2), np.uint8)], 1)
tiff("grey4.tif", "<", tags(1, 4, 1), [(nibbles[:, 0::2] << 4 | nibbles[:, 1::2]).tobytes()])
tiff("extra.tif", "<", tags(4, 8, 2, t338=(3, [0])), [np.asarray(rgba).tobytes()])
tiff("premultiplied.tif", "<", tags(4, 8, 2, t338=(3, [1])), [np.asarray(rgba).tobytes()])
one = np.packbits(np.asarray(grey.convert("1")), 1)
tiff("bits_reversed.tif", "<", tags(1, 1, 1, t266=(3, [2])),
     [np.packbits(np.unpackbits(one, 1)[:, ::1].reshape(H, -1, 8)[..., ::-1], -1).tobytes()])
padded = np.zeros((32, 48, 3), np.uint8)
padded[:H, :W] = full
tiles = [padded[y : y + 16, x : x + 16].tobytes() for y in range(0, H, 16) for x in range(0, W, 16)]
tiff("tiles.tif", "<", tags(3, 8, 2, t322=(3, [16]), t323=(3, [16])), tiles)

# WebP -----------------------------------------------------------------------------------------

for quality in (5, 40, 80, 98):
    save(f"quality{quality}.webp", rgb, quality=quality, method=quality % 7)
save("lossy_alpha.webp", rgba, quality=60)
save("lossy_large.webp", drawing(99, 50), quality=20, method=6)
save("lossy_one_pixel.webp", drawing(1, 1), quality=60)
save("lossy_odd.webp", drawing(35, 33), quality=30, method=0)
save("lossless.webp", rgb, lossless=True)
save("lossless_method0.webp", drawing(45, 31), lossless=True, method=0, quality=0)
save("lossless_method6.webp", drawing(45, 31), lossless=True, method=6, quality=100)
save("lossless_alpha.webp", rgba, lossless=True, exact=True)
save("lossless_palette.webp", palette.convert("RGB"), lossless=True)
save("lossless_two_colors.webp", grey.convert("1").convert("RGB"), lossless=True)
save("lossless_ten_colors.webp", rgb.quantize(10).convert("RGB"), lossless=True)
save("exif8.webp", rgb, quality=50, exif=exif(8))
save("animated.webp", rgb, save_all=True, append_images=[ImageOps.invert(rgb)], lossless=True)

# ----------------------------------------------------------------------------------------------

for name in sorted(set(os.listdir(folder)) - set(names) - {"formats.csv"}):
    os.remove(os.path.join(folder, name))
with open(os.path.join(folder, "formats.csv"), "w") as f:
    for name in names:
        try:
            image = Image.open(os.path.join(folder, name))
            image.load()
        except Exception as e:
            raise ValueError(name) from e
        if image.format != "TIFF":  # Pillow has turned it already
            image = ImageOps.exif_transpose(image)
        image = image.convert("RGB")
        digest = hashlib.sha256(image.tobytes()).hexdigest()
        f.write(f"{name},{image.width},{image.height},{digest}\n")

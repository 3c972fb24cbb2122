"""Makes a photo in every format beside this file: python3 make_formats.py

Written with Pillow 12.3.0 and, for HEIC, libheif's heif-enc 1.15.1 with x265, which HEIF_ENC
names. The photo is examples/photos/cocker_spaniels.jpg by Aitzol Berasategi (2018,
CC-BY-4.0), cropped and made smaller.

files.json  the files, with the largest mean difference from photo.png, in levels of the
            upright image; 0 where pixels must be equal
"""

import json
import os
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
PHOTO = HERE.parent.parent.parent / "examples" / "photos" / "cocker_spaniels.jpg"
HEIF_ENC = os.environ.get("HEIF_ENC", "heif-enc")
SIZE = (120, 90)

files = []

# What stored pixels need, by EXIF's orientation, so that they are upright again.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned(photo, orientation):
    how = STORED[orientation]
    return photo if how is None else photo.transpose(how)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def added(file, difference):
    files.append(dict(file=file, difference=difference))
    return HERE / file


def icc(name, primaries):
    """A profile of sRGB's curve and these primaries, adapted to D50: ICC.1, version 2."""
    def fixed(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(fixed(it) for it in values)

    text = name.encode()
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    curve = (b"curv\0\0\0\0" + struct.pack(">I", 256)
             + np.round(linear * 65535).astype(">u2").tobytes())
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + bytes(80),
            b"cprt": b"text\0\0\0\0CC0\0", b"wtpt": xyz((0.9642, 1, 0.8249))}
    for key, values in zip([b"rXYZ", b"gXYZ", b"bXYZ"], primaries):
        tags[key] = xyz(values)
    for key in [b"rTRC", b"gTRC", b"bTRC"]:
        tags[key] = curve
    table, data, places = b"", b"", {}
    start = 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        if value not in places:
            places[value] = start + len(data)
            data += value + bytes(-len(value) % 4)
        table += key + struct.pack(">II", places[value], len(value))
    head = (struct.pack(">I4sI", start + len(data), b"none", 0x02400000) + b"mntrRGB XYZ "
            + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249))
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + data


# Display P3, adapted to D50: what phones write.
P3 = icc("Display P3", [(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189),
                        (0.1571, 0.06657, 0.78407)])

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
P3_TO_XYZ = np.array([[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929],
                      [0, 0.04511, 1.04394]])


def in_p3(photo):
    """The same colours in levels of Display P3."""
    levels = np.asarray(photo) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ (np.linalg.inv(P3_TO_XYZ) @ TO_XYZ).T, 0, 1)
    levels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.round(levels * 255).astype(np.uint8))


def chunk(kind, body):
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def png(size, depth, rows, interlace=0):
    header = struct.pack(">IIBBBBB", *size, depth, 2, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def sub(row, step):
    """A row with the filter Sub, as it is compressed better."""
    data = np.frombuffer(row, np.uint8)
    left = np.concatenate([np.zeros(step, np.uint8), data[:-step]])
    return b"\1" + (data - left).tobytes()


def interlaced(pixels):
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
                           (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in pixels[y0::dy, x0::dx]:
            rows += sub(row.tobytes(), 3)
    return png(pixels.shape[1::-1], 8, rows, 1)


def main():
    whole = Image.open(PHOTO).convert("RGB")
    side = min(whole.width // 4, whole.height // 3)
    box = ((whole.width - 4 * side) // 2, (whole.height - 3 * side) // 2)
    whole = whole.crop((*box, box[0] + 4 * side, box[1] + 3 * side))
    photo = whole.resize(SIZE, Image.LANCZOS)
    pixels = np.asarray(photo)
    photo.save(added("photo.png", 0), optimize=True)

    for orientation in STORED:
        turned(photo, orientation).save(added(f"orientation_{orientation}.jpg", 4), quality=90,
                                        exif=exif(orientation))
    photo.save(added("photo.jfif", 4), quality=90)
    photo.save(added("PROGRESSIVE.JPEG", 4), quality=90, progressive=True)
    photo.save(added("photo.jpe", 4), quality=90, subsampling=0)
    # The levels aren't changed by the profile: see docs/api.md.
    in_p3(photo).save(added("display_p3.jpg", 4), quality=90, icc_profile=P3)

    wide = pixels.astype(np.uint16) * 256 + 77
    rows = b"".join(sub(row.astype(">u2").tobytes(), 6) for row in wide)
    added("sixteen_bits.png", 0).write_bytes(png(SIZE, 16, rows))
    added("interlaced.png", 0).write_bytes(interlaced(pixels))
    photo.quantize(256).save(added("palette.png", 4), optimize=True)
    other = Image.new("RGB", SIZE, "white")
    photo.save(added("animated.apng", 0), format="PNG", save_all=True, append_images=[other],
               duration=100)

    photo.save(added("lossy.webp", 4), quality=90)
    photo.save(added("lossless.webp", 0), lossless=True)
    photo.save(added("animated.webp", 4), quality=90, save_all=True, append_images=[other],
               duration=100)
    photo.quantize(256).save(added("photo.GIF", 4), save_all=True,
                             append_images=[other.quantize(2)], duration=100)

    photo.save(added("photo.bmp", 0))
    photo.quantize(256).save(added("palette.dib", 4), format="BMP")
    photo.save(added("photo.tif", 0), compression="tiff_lzw", tiffinfo={317: 2})
    turned(photo, 6).save(added("orientation_6.tiff", 4), compression="jpeg", quality=90,
                          tiffinfo={274: 6})

    photo.save(added("photo.avif", 4), quality=90)
    in_p3(photo).save(added("display_p3.avif", 4), quality=90, icc_profile=P3)
    for file, quality in [("photo.heic", 95), ("photo.HIF", 90)]:
        encoded = HERE / "encoded.heic"
        subprocess.run([HEIF_ENC, "-q", str(quality), "-o", encoded, HERE / "photo.png"],
                       check=True)
        encoded.rename(added(file, 4))


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.suffix not in (".py", ".md"):
            old.unlink()
    main()
    lines = ",\n".join("  " + json.dumps(it) for it in files)
    (HERE / "files.json").write_text(f"[\n{lines}\n]\n")

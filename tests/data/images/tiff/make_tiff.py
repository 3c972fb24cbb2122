"""Makes the TIFF fixtures beside this file: python3 make_tiff.py

Written with Pillow 12.3.0, NumPy 2.4.6 and libtiff 4.5.0's tiffcp, which TIFFCP names. The
expected pixels are what Pillow decodes, upright and over white, but for the kinds that it
doesn't read; those say so.

decode.json  files to decode, each with the raw RGB rows that it must give
"""

import json
import os
import struct
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"
TIFFCP = os.environ.get("TIFFCP", "tiffcp")
SIZE = (29, 21)

cases = []
kept = {}


def expect(file, note, pixels=None, tolerance=0):
    if pixels is None:
        with Image.open(HERE / file) as image:
            pixels = upright_over_white(image)
    rgb = pixels.tobytes()
    if rgb not in kept:
        kept[rgb] = f"tiff/{file}.rgb"
        (HERE / f"{file}.rgb").write_bytes(rgb)
    cases.append(dict(file=f"tiff/{file}", expected=kept[rgb], width=pixels.width,
                      height=pixels.height, tolerance=tolerance, note=note))


def upright_over_white(image):
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in ("P", "PA", "LA", "RGBA"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


FORMATS = {1: "B", 3: "H", 4: "I"}


def tiff(samples, order="<", photometric=2, bits=8, strips=None, planes=False, **tags):
    """A TIFF of packed rows, [height, bytes], in strips of some rows, that aren't compressed."""
    height, width = samples.shape[:2]
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    if bits < 8:
        rows = packed(samples, bits)
    elif bits == 16:
        rows = [row.astype(order + "u2").tobytes() for row in samples]
    else:
        rows = [row.astype(np.uint8).tobytes() for row in samples]
    if planes:
        rows = [row[:, c].astype(order + "u2").tobytes() for c in range(channels)
                for row in samples]
    strips = strips or height
    data = [b"".join(rows[i:i + strips]) for i in range(0, len(rows), strips)]
    fields = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels),
              259: (3, [1]), 262: (3, [photometric]), 273: (4, [0] * len(data)),
              277: (3, [channels]), 278: (4, [strips]), 279: (4, [len(it) for it in data])}
    for tag, value in tags.items():
        fields[int(tag[1:])] = value
        if value is None:
            del fields[int(tag[1:])]
    start = 8
    places = []
    for part in data:
        places.append(start)
        start += len(part)
    if 273 in fields:
        fields[273] = (4, places)
    start += start % 2
    body = b""
    entries = b""
    after = start + 2 + 12 * len(fields) + 4
    for tag, (kind, values) in sorted(fields.items()):
        packed_values = struct.pack(order + FORMATS[kind] * len(values), *values)
        if len(packed_values) > 4:
            inline = struct.pack(order + "I", after + len(body))
            body += packed_values + bytes(len(packed_values) % 2)
        else:
            inline = packed_values + bytes(4 - len(packed_values))
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + inline
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    joined = head + b"".join(data)
    joined += bytes(start - len(joined))
    return (joined + struct.pack(order + "H", len(fields)) + entries
            + struct.pack(order + "I", 0) + body)


def packed(indices, bits):
    rows = []
    for row in indices:
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return rows


def write(file, note, data, pixels=None, tolerance=0):
    (HERE / file).write_bytes(data)
    expect(file, note, pixels, tolerance)


def copied(source, file, note, *options, pixels=None, tolerance=0):
    """Converts a fixture with tiffcp."""
    subprocess.run([TIFFCP, *options, HERE / source, HERE / file], check=True)
    expect(file, note, pixels, tolerance)


def main():
    photo = Image.open(PHOTOS / "fig.jpg").convert("RGB").resize(SIZE, Image.LANCZOS)
    pixels = np.asarray(photo)
    ramp = np.linspace(0, 255, SIZE[0] * SIZE[1]).reshape(SIZE[::-1] + (1,)).astype(np.uint8)
    grey = np.asarray(photo.convert("L"))

    for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"]:
        photo.save(HERE / f"{compression}.tif", compression=compression)
        expect(f"{compression}.tif", f"{compression}, as Pillow writes it")
    write("big_endian.tif", "big-endian, strips of 4 rows", tiff(pixels, ">", strips=4))
    write("no_counts.tif", "without the length of its strip", tiff(pixels, t279=None))
    write("one_bits.tif", "one number of bits for all samples", tiff(pixels, t258=(3, [8])))
    write("no_rows.tif", "without rows of a strip", tiff(pixels, t278=None))

    copied("raw.tif", "tiles.tif", "tiles", "-t", "-w", "16", "-l", "16", "-c", "none")
    copied("raw.tif", "tile.tif", "one tile, larger than the image", "-t", "-w", "48", "-l", "32",
           "-c", "lzw")
    copied("raw.tif", "tiles_lzw.tif", "tiles of LZW with the predictor, big-endian",
           "-B", "-t", "-w", "16", "-l", "16", "-c", "lzw:2")
    copied("raw.tif", "tiles_zip.tif", "tiles of Deflate with the predictor",
           "-t", "-w", "16", "-l", "16", "-c", "zip:2")
    copied("raw.tif", "planes.tif", "planes", "-p", "separate", "-c", "none")
    copied("raw.tif", "planes_lzw.tif", "planes of strips of LZW with the predictor",
           "-p", "separate", "-r", "5", "-c", "lzw:2")
    copied("raw.tif", "planes_tiles.tif", "planes of tiles of Deflate",
           "-p", "separate", "-t", "-w", "16", "-l", "16", "-c", "zip")
    copied("raw.tif", "strips_zip.tif", "strips of Deflate with the predictor", "-r", "4",
           "-c", "zip:2")
    copied("raw.tif", "strips_packbits.tif", "strips of PackBits", "-r", "5", "-c", "packbits")
    copied("raw.tif", "big.tif", "BigTIFF", "-8", "-r", "5", "-c", "lzw")
    copied("raw.tif", "big_mm.tif", "BigTIFF, big-endian, tiles; not in Pillow", "-8", "-B",
           "-t", "-w", "16", "-l", "16", "-c", "zip", pixels=photo)
    copied("raw.tif", "jpeg.tif", "JPEG of YCbCr with tables of its own", "-r", "16",
           "-c", "jpeg:90", tolerance=1)
    copied("raw.tif", "jpeg_rgb.tif", "JPEG of RGB in tiles", "-t", "-w", "16", "-l", "16",
           "-c", "jpeg:r:90", tolerance=1)
    copied("raw.tif", "jpeg_planes.tif", "JPEG of RGB in planes", "-p", "separate",
           "-c", "jpeg:r:90", tolerance=1)
    photo.save(HERE / "jpeg_pillow.tif", compression="jpeg", quality=90)
    expect("jpeg_pillow.tif", "JPEG as Pillow writes it", tolerance=1)
    photo.convert("L").save(HERE / "jpeg_grey.tif", compression="jpeg", quality=90)
    expect("jpeg_grey.tif", "grey JPEG", tolerance=1)

    write("grey.tif", "grey", tiff(grey, photometric=1))
    write("grey_inverted.tif", "grey in which 0 is white", tiff(255 - grey, photometric=0))
    for bits in [1, 2, 4]:
        levels = grey >> 8 - bits
        write(f"grey_{bits}.tif", f"grey of {bits} bits", tiff(levels, photometric=1, bits=bits))
        most = (1 << bits) - 1
        write(f"grey_{bits}_inverted.tif", f"grey of {bits} bits in which 0 is white",
              tiff(most - levels, photometric=0, bits=bits))
        copied(f"grey_{bits}.tif", f"grey_{bits}_zip.tif", f"grey of {bits} bits, Deflate",
               "-c", "zip", "-r", "3")
        copied(f"grey_{bits}.tif", f"grey_{bits}_lsb.tif", f"grey of {bits} bits, reversed",
               "-f", "lsb2msb", "-c", "packbits")
    copied("grey_4.tif", "grey_4_tiles.tif", "grey of 4 bits in tiles", "-t", "-w", "16",
           "-l", "16", "-c", "none")
    wide = pixels.astype(np.uint16) * 256 + 77
    for order, name in [("<", "ii"), (">", "mm")]:
        write(f"rgb_16_{name}.tif", f"16 bits, {name}", tiff(wide, order, bits=16))
        copied(f"rgb_16_{name}.tif", f"rgb_16_{name}_lzw.tif",
               f"16 bits, {name}, LZW with the predictor",
               "-B" if order == ">" else "-L", "-c", "lzw:2")
    write("rgb_16_planes.tif", "16 bits in planes",
          tiff(wide, bits=16, planes=True, t284=(3, [2])), photo)
    write("grey_16.tif", "grey of 16 bits, its upper ones; Pillow clips them",
          tiff(grey.astype(np.uint16) * 256 + 99, ">", photometric=1, bits=16),
          photo.convert("L").convert("RGB"))
    write("grey_16_inverted.tif", "grey of 16 bits in which 0 is white",
          tiff(65535 - (grey.astype(np.uint16) * 256 + 99), photometric=0, bits=16),
          photo.convert("L").convert("RGB"))

    rgba = np.concatenate([pixels, ramp], axis=2)
    write("alpha.tif", "straight alpha", tiff(rgba, t338=(3, [2])), tolerance=1)
    write("alpha_unnamed.tif", "alpha without a name", tiff(rgba), tolerance=1)
    write("alpha_none.tif", "a fourth sample that isn't alpha", tiff(rgba, t338=(3, [0])))
    over_black = (pixels.astype(int) * ramp + 127) // 255
    premultiplied = np.concatenate([over_black.astype(np.uint8), ramp], axis=2)
    # Pillow undoes the multiplication, and rounds three times.
    write("alpha_associated.tif", "premultiplied alpha", tiff(premultiplied, t338=(3, [1])),
          tolerance=2)
    copied("alpha.tif", "alpha_planes.tif", "alpha in planes of LZW", "-p", "separate", "-c",
           "lzw", tolerance=1)
    write("alpha_16.tif", "16 bits with alpha",
          tiff(rgba.astype(np.uint16) * 257, bits=16, t338=(3, [2])), tolerance=1)
    grey_alpha = np.concatenate([grey[..., None], ramp], axis=2)
    write("grey_alpha.tif", "grey with alpha",
          tiff(grey_alpha, photometric=1, t338=(3, [2])), tolerance=1)
    six = np.concatenate([rgba, ramp, ramp], axis=2)
    write("alpha_more.tif", "alpha and two samples more", tiff(six, t338=(3, [2, 0, 0])),
          tolerance=1)

    for bits in [8, 4, 2, 1]:
        indexed = photo.quantize(1 << bits, dither=Image.Dither.NONE)
        palette = np.zeros((1 << bits, 3), int)
        colors = np.array(indexed.getpalette("RGB")).reshape(-1, 3)
        palette[:len(colors)] = colors
        indices = np.asarray(indexed)
        colormap = [int(it) * 257 for it in palette.T.reshape(-1)]
        write(f"palette_{bits}.tif", f"palette of {bits} bits",
              tiff(indices, photometric=3, bits=bits, t320=(3, colormap)))
        if bits == 4:
            write("palette_small.tif", "palette whose levels have 8 bits; black in Pillow",
                  tiff(indices, photometric=3, bits=bits,
                       t320=(3, [it // 257 for it in colormap])),
                  Image.open(HERE / "palette_4.tif").convert("RGB"))
            copied("palette_4.tif", "palette_lzw.tif", "palette of 4 bits, LZW", "-c", "lzw")

    cmyk = np.asarray(photo.convert("CMYK")).copy()
    cmyk[..., 3] = grey // 3
    write("cmyk.tif", "CMYK", tiff(cmyk, photometric=5))
    copied("cmyk.tif", "cmyk_planes.tif", "CMYK in planes of Deflate", "-p", "separate", "-c",
           "zip")
    write("cmyk_16.tif", "CMYK of 16 bits",
          tiff(cmyk.astype(np.uint16) * 256 + 5, photometric=5, bits=16))

    for orientation in range(1, 9):
        write(f"orientation_{orientation}.tif", f"orientation {orientation}",
              tiff(pixels, t274=(3, [orientation]), strips=6))
    photo.save(HERE / "pages.tif", save_all=True, append_images=[ImageOps.invert(photo)],
               compression="tiff_lzw")
    expect("pages.tif", "two pages: the first one")


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.suffix != ".py":
            old.unlink()
    main()
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / "decode.json").write_text(f"[\n{lines}\n]\n")

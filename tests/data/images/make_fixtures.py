"""Makes the image fixtures beside this file: python3 make_fixtures.py

Written with Pillow 12.3.0 (libjpeg-turbo 3.1.4, libwebp 1.6.0) and NumPy 2.4.6.
Another version may encode other bytes; the expected pixels are always what Pillow decodes from
or resizes of the very files it wrote.

decode.json  files to decode, each with the raw RGB rows that Pillow makes of it
resize.json  sources to resize, each with PNGs of what Pillow or NumPy makes
"""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent / "examples" / "photos"


def photo(name, size):
    return Image.open(PHOTOS / f"{name}.jpg").convert("RGB").resize(size, Image.LANCZOS)


# --- decoding ---------------------------------------------------------------

decode_cases = []


def expect(file, tolerance, note, pixels=None):
    """Records what `file` must decode to: upright, over white, as RGB."""
    if pixels is None:
        with Image.open(HERE / file) as image:
            pixels = upright_over_white(image)
    expected = f"{file}.rgb"
    (HERE / expected).write_bytes(pixels.tobytes())
    decode_cases.append(
        dict(file=file, expected=expected, width=pixels.width, height=pixels.height,
             tolerance=tolerance, note=note))


def upright_over_white(image):
    image = ImageOps.exif_transpose(image)
    if image.mode == "P" or "A" in image.mode:
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def exif(orientation, endian):
    tag = Image.Exif()
    tag.endian = endian
    tag[0x0112] = orientation
    return tag.tobytes()


def jpegs():
    image = photo("dandelion", (45, 37))
    image.save(HERE / "color.jpg", quality=90)
    expect("color.jpg", 1, "4:2:0, odd size")
    image.save(HERE / "progressive.jpg", quality=90, progressive=True)
    expect("progressive.jpg", 1, "several scans")
    image.convert("L").save(HERE / "grey.jpg", quality=90)
    expect("grey.jpg", 1, "one component")
    cmyk = image.convert("CMYK")
    cmyk.save(HERE / "cmyk.jpg", quality=95)
    expect("cmyk.jpg", 4, "Adobe CMYK, stored inverted")
    ycck(cmyk).save(HERE / "ycck.jpg", quality=95)
    patch_adobe_transform(HERE / "ycck.jpg", 2)
    expect("ycck.jpg", 6, "Adobe YCCK")

    small = photo("clock", (23, 14))
    for orientation in range(1, 9):
        endian = "<" if orientation % 2 else ">"
        file = f"orientation_{orientation}.jpg"
        small.save(HERE / file, quality=85, exif=exif(orientation, endian))
        expect(file, 1, f"EXIF orientation {orientation}, {endian}")


def ycck(cmyk):
    """CMYK planes which, written as CMYK, hold the samples of a YCCK file."""
    c, m, y, k = cmyk.split()
    ycc = Image.merge("RGB", (c, m, y)).convert("YCbCr")
    # Pillow inverts what it writes as CMYK; luma and chroma aren't inverted.
    planes = [ImageOps.invert(plane) for plane in ycc.split()]
    return Image.merge("CMYK", (*planes, k))


def patch_adobe_transform(path, transform):
    data = bytearray(path.read_bytes())
    data[data.index(b"Adobe") + 11] = transform
    path.write_bytes(data)


def png_chunk(kind, body):
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def png(width, height, depth, color, rows, interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
            + png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b""))


def interlaced(pixels):
    """Adam7 by hand, as Pillow writes none."""
    height, width, _ = pixels.shape
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
                           (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in pixels[y0::dy, x0::dx]:
            if len(row):
                rows += b"\0" + row.tobytes()
    return png(width, height, 8, 2, rows, interlace=1)


def alpha_ramp(size):
    """Alpha from transparent rows at the top to opaque ones at the bottom."""
    ramp = Image.linear_gradient("L").resize(size)
    return ramp.point(lambda value: min(255, max(0, value - 30) * 5 // 4))


def pngs():
    image = photo("fig", (29, 21))
    image.save(HERE / "color.png")
    expect("color.png", 0, "RGB")
    image.convert("L").save(HERE / "grey.png")
    expect("grey.png", 0, "grey")
    image.convert("L").point(lambda v: 255 * (v > 99)).convert("1").save(HERE / "bilevel.png")
    expect("bilevel.png", 0, "1 bit")
    (HERE / "interlaced.png").write_bytes(interlaced(np.asarray(image)))
    expect("interlaced.png", 0, "Adam7")

    ramp = alpha_ramp(image.size)
    rgba = image.copy()
    rgba.putalpha(ramp)
    rgba.save(HERE / "alpha.png")
    expect("alpha.png", 1, "RGB with alpha")
    Image.merge("LA", (image.convert("L"), ramp)).save(HERE / "grey_alpha.png")
    expect("grey_alpha.png", 1, "grey with alpha")
    palette = image.quantize(16)
    palette.save(HERE / "palette.png", transparency=bytes([0, 128, 255, 64]))
    expect("palette.png", 1, "palette with a tRNS chunk")

    # Pillow reads 16-bit colour by its upper bytes, which are `image` here.
    wide = (np.asarray(image).astype(np.uint16) * 256 + 77).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    (HERE / "sixteen_bit.png").write_bytes(png(*image.size, 16, 2, rows))
    expect("sixteen_bit.png", 1, "16 bits a channel", image)

    image.save(HERE / "orientation_6.png", exif=exif(6, ">"))
    expect("orientation_6.png", 0, "eXIf chunk")
    image.save(HERE / "animated.png", save_all=True, duration=50,
               append_images=[ImageOps.invert(image)])
    expect("animated.png", 0, "APNG: its default image")


def webps():
    image = photo("drum", (31, 26))
    image.save(HERE / "lossy.webp", quality=80)
    expect("lossy.webp", 1, "VP8")
    image.save(HERE / "lossless.webp", lossless=True)
    expect("lossless.webp", 0, "VP8L")
    rgba = image.copy()
    rgba.putalpha(alpha_ramp(image.size))
    rgba.save(HERE / "alpha.webp", quality=80)
    expect("alpha.webp", 1, "VP8 with an ALPH chunk")
    rgba.save(HERE / "lossless_alpha.webp", lossless=True, exact=True)
    expect("lossless_alpha.webp", 1, "VP8L with alpha")
    image.save(HERE / "orientation_8.webp", quality=80, exif=exif(8, "<"))
    expect("orientation_8.webp", 1, "EXIF chunk")
    image.save(HERE / "animated.webp", save_all=True, duration=50,
               append_images=[ImageOps.invert(image)])


# --- resizing ---------------------------------------------------------------

resize_cases = []


def resized(source, name, method, size, box, pixels):
    file = f"resized_{name}.png"
    pixels.save(HERE / file, optimize=True)
    resize_cases.append(dict(source=source, expected=file, method=method, size=size,
                             box=dict(left=box[0], top=box[1], width=box[2] - box[0],
                                      height=box[3] - box[1])))


def half_pixel(pixels, size):
    """TensorFlow's resize_bilinear with half_pixel_centers, in NumPy."""
    image = np.asarray(pixels).astype(np.float32)

    def axis(length):
        scale = np.float32(length) / np.float32(size)
        at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
        low = np.floor(at)
        return (np.maximum(low, 0).astype(int),
                np.minimum(np.ceil(at), length - 1).astype(int),
                (at - low).astype(np.float32))

    y0, y1, fy = axis(image.shape[0])
    x0, x1, fx = axis(image.shape[1])
    fx, fy = fx[None, :, None], fy[:, None, None]
    top = image[y0][:, x0] + (image[y0][:, x1] - image[y0][:, x0]) * fx
    bottom = image[y1][:, x0] + (image[y1][:, x1] - image[y1][:, x0]) * fx
    return Image.fromarray(np.floor(top + (bottom - top) * fy + np.float32(0.5)).astype(np.uint8))


def noise(width, height):
    values = np.random.RandomState(width * 1000 + height).randint(0, 256, (height, width, 3))
    return Image.fromarray(values.astype(np.uint8))


def resizes():
    sources = dict(photo=photo("dragonfly", (131, 97)), noise=noise(67, 41),
                   pixel=noise(1, 1), column=noise(1, 90), row=noise(90, 1),
                   tall=noise(3, 400))
    for name, image in sources.items():
        image.save(HERE / f"source_{name}.png", optimize=True)
    cases = [
        ("photo", 75, None), ("photo", 97, None), ("photo", 151, None),
        ("photo", 40, (11, 3, 105, 94)), ("photo", 40, (10.3, 2.7, 99.9, 80.1)),
        ("photo", 75, (30.25, 20.5, 50.75, 41)), ("noise", 7, None), ("noise", 1, None),
        ("noise", 67, None), ("noise", 41, (13, 0, 54, 41)), ("noise", 70, None),
        ("pixel", 5, None), ("column", 9, None), ("row", 9, None), ("tall", 12, None),
    ]
    for index, (name, size, box) in enumerate(cases):
        image = sources[name]
        whole = box or (0, 0, *image.size)
        resized(f"source_{name}.png", f"antialiased_{index}", "antialiased", size, whole,
                image.resize((size, size), Image.BILINEAR, box=box))
        if all(edge == int(edge) for edge in whole) and size != 151:
            resized(f"source_{name}.png", f"half_pixel_{index}", "half-pixel", size, whole,
                    half_pixel(image.crop(whole), size))


def write_json(name, cases):
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.is_file() and old.suffix != ".py":
            old.unlink()
    jpegs()
    pngs()
    webps()
    resizes()
    write_json("decode.json", decode_cases)
    write_json("resize.json", resize_cases)

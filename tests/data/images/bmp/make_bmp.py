"""Makes the BMP fixtures beside this file: python3 make_bmp.py

Written with Pillow 12.3.0 and NumPy 2.4.6. The expected pixels are what Pillow decodes, over
white, but for the kinds that it doesn't read or reads otherwise than browsers; those say so.

decode.json  files to decode, each with the raw RGB rows that it must give
"""

import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"
SIZE = (29, 21)

cases = []
kept = {}


def expect(file, note, pixels=None, tolerance=0):
    if pixels is None:
        with Image.open(HERE / file) as image:
            pixels = over_white(image)
    rgb = pixels.tobytes()
    if rgb not in kept:
        kept[rgb] = f"bmp/{file}.rgb"
        (HERE / f"{file}.rgb").write_bytes(rgb)
    cases.append(dict(file=f"bmp/{file}", expected=kept[rgb], width=pixels.width,
                      height=pixels.height, tolerance=tolerance, note=note))


def over_white(image):
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def bmp(rows, bits, header=40, compression=0, top_down=False, masks=b"", palette=b"",
        colors=0, size=SIZE):
    """A BMP of the packed rows, the uppermost first, or of compressed data."""
    width, height = size
    if isinstance(rows, bytes):
        data = rows
    else:
        padded = [row + bytes(-len(row) % 4) for row in rows]
        data = b"".join(padded if top_down else reversed(padded))
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height,
                           1, bits, compression, len(data), 2835, 2835, colors, 0)
        if header > 40:
            info += masks[:header - 40]
            masks = masks[header - 40:]
        info += bytes(header - len(info))
    start = 14 + len(info) + len(masks) + len(palette)
    return (struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start)
            + info + masks + palette + data)


def write(file, note, data, pixels=None, tolerance=0):
    (HERE / file).write_bytes(data)
    expect(file, note, pixels, tolerance)


def packed(indices, bits):
    """Rows of indices with `bits` each."""
    rows = []
    for row in indices:
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return rows


def bgr(palette, each=4):
    return b"".join(bytes([b, g, r, 0][:each]) for r, g, b in palette)


def palette_of(image):
    return [tuple(it) for it in np.array(image.getpalette("RGB")).reshape(-1, 3)]


def rle(indices, bits):
    """Runs, pixels as they are, a skip and, in the second row, an early end of the row."""
    data = b""
    height, width = indices.shape
    for y in range(height - 1, -1, -1):
        row = [int(it) for it in indices[y]]
        x = 0
        if y == height - 2:
            row = row[:width // 2]
        while x < len(row):
            count = 1
            while x + count < len(row) and row[x + count] == row[x] and count < 255:
                count += 1
            if count == 1 and x + 4 <= len(row):
                values = row[x:x + 4]  # Pillow loses the last of an odd number of 4 bits.
                if bits == 8:
                    data += bytes([0, 4, *values])
                else:
                    data += bytes([0, 4, values[0] << 4 | values[1], values[2] << 4 | values[3]])
                x += 4
                continue
            value = row[x] if bits == 8 else row[x] << 4 | row[x]
            data += bytes([count, value])
            x += count
        data += bytes([0, 0])
    return data + bytes([0, 1])


def main():
    photo = Image.open(PHOTOS / "fig.jpg").convert("RGB").resize(SIZE, Image.LANCZOS)
    pixels = np.asarray(photo)
    photo.save(HERE / "color.bmp")
    expect("color.bmp", "24 bits, as Pillow writes it")
    rows = [row[:, ::-1].tobytes() for row in pixels]
    write("top_down.bmp", "24 bits, the uppermost row first", bmp(rows, 24, top_down=True))
    write("os2.bmp", "24 bits, OS/2 1", bmp(rows, 24, header=12))
    write("os2_2.bmp", "24 bits, OS/2 2", bmp(rows, 24, header=64))
    data = bytearray(bmp(rows, 24))
    data[10:14] = bytes(4)
    write("no_start.bmp", "without the place of its pixels", bytes(data))
    write("unpadded.bmp", "without the padding of the last row",
          bmp(rows, 24)[:-(-len(rows[0]) % 4)], photo)

    ramp = np.linspace(0, 255, SIZE[0] * SIZE[1]).reshape(SIZE[::-1] + (1,)).astype(np.uint8)
    noisy = np.concatenate([pixels[..., ::-1], ramp], axis=2)
    wide = [row.tobytes() for row in noisy]
    write("unused.bmp", "32 bits, the fourth of which isn't alpha", bmp(wide, 32))
    masks = struct.pack("<4I", 0xff0000, 0xff00, 0xff, 0xff000000)
    for header in [56, 108, 124]:
        write(f"alpha_{header}.bmp", f"32 bits with alpha, a header of {header} bytes",
              bmp(wide, 32, header=header, compression=3, masks=masks), tolerance=1)
    rgba = np.concatenate([pixels, ramp], axis=2)
    Image.fromarray(rgba, "RGBA").save(HERE / "rgba.bmp")
    expect("rgba.bmp", "RGBA as Pillow writes it", tolerance=1)
    order = struct.pack("<4I", 0xff, 0xff00, 0xff0000, 0xff000000)
    write("order.bmp", "32 bits in another order",
          bmp([row.tobytes() for row in rgba], 32, header=108, compression=3, masks=order),
          tolerance=1)
    write("alpha_masks.bmp", "four masks after a header of 40 bytes; not in Pillow",
          bmp(wide, 32, compression=6, masks=masks), over_white(Image.fromarray(rgba, "RGBA")),
          tolerance=1)
    empty = np.concatenate([pixels[..., ::-1], ramp * 0], axis=2)
    write("alpha_zero.bmp", "alpha of 0 everywhere: opaque, unlike in Pillow",
          bmp([row.tobytes() for row in empty], 32, header=124, compression=3, masks=masks),
          photo)
    thirty = pixels.astype(np.uint32) * 1023 // 255
    ten = thirty[..., 0] << 20 | thirty[..., 1] << 10 | thirty[..., 2]
    levels = (thirty >> 2).astype(np.uint8)
    write("ten_bits.bmp", "10 bits a channel; not in Pillow",
          bmp([row.astype("<u4").tobytes() for row in ten], 32, compression=3,
              masks=struct.pack("<3I", 0x3ff << 20, 0x3ff << 10, 0x3ff)),
          Image.fromarray(levels, "RGB"))

    shorts = pixels.astype(np.uint16)
    five = (shorts[..., 0] >> 3) << 10 | (shorts[..., 1] >> 3) << 5 | shorts[..., 2] >> 3
    six = (shorts[..., 0] >> 3) << 11 | (shorts[..., 1] >> 2) << 5 | shorts[..., 2] >> 3
    fives = [row.astype("<u2").tobytes() for row in five]
    write("555.bmp", "16 bits", bmp(fives, 16))
    write("555_masks.bmp", "16 bits with masks",
          bmp(fives, 16, compression=3, masks=struct.pack("<3I", 0x7c00, 0x3e0, 0x1f)))
    write("565.bmp", "16 bits, 6 of them green",
          bmp([row.astype("<u2").tobytes() for row in six], 16, header=108, compression=3,
              masks=struct.pack("<4I", 0xf800, 0x7e0, 0x1f, 0)))

    photo.convert("L").save(HERE / "grey.bmp")
    expect("grey.bmp", "grey")
    for bits in [8, 4, 1]:
        indexed = photo.quantize(1 << bits, dither=Image.Dither.NONE)
        palette = palette_of(indexed)
        indices = np.asarray(indexed)
        write(f"palette_{bits}.bmp", f"palette of {bits} bits",
              bmp(packed(indices, bits), bits, palette=bgr(palette), colors=len(palette)))
        write(f"os2_palette_{bits}.bmp", f"palette of {bits} bits, OS/2 1",
              bmp(packed(indices, bits), bits, header=12,
                  palette=bgr(palette + [(0, 0, 0)] * ((1 << bits) - len(palette)), 3)))
    few = photo.quantize(13, dither=Image.Dither.NONE)
    palette = palette_of(few)[:13]
    indices = np.asarray(few).copy()
    write("palette_short.bmp", "palette of 13 colours",
          bmp(packed(indices, 8), 8, palette=bgr(palette), colors=13, top_down=True))
    write("palette_2.bmp", "palette of 2 bits; not in Pillow",
          bmp(packed(indices % 4, 2), 2, palette=bgr(palette[:4]), colors=4),
          Image.fromarray(np.array(palette, np.uint8)[indices % 4], "RGB"))
    # Whole areas, so that there are runs.
    indices[3:12, 4:20] = 5
    indices[15] = 2
    for bits in [8, 4]:
        write(f"rle{bits}.bmp", f"RLE{bits}",
              bmp(rle(indices, bits), bits, compression=1 if bits == 8 else 2,
                  palette=bgr(palette), colors=13))
        seen = np.zeros_like(indices)
        seen[-1, :2] = 3, 4
        seen[-3, 7:10] = [6, 7, 8]
        data = (bytes([1, 3, 1, 4]) if bits == 8 else bytes([2, 0x34])) + bytes([0, 2, 5, 2])
        data += bytes([0, 3, 6, 7, 8, 0]) if bits == 8 else bytes([0, 3, 0x67, 0x80])
        data += bytes([0, 1])
        write(f"rle{bits}_skip.bmp", f"RLE{bits} with a skip and an early end; not in Pillow",
              bmp(data, bits, compression=1 if bits == 8 else 2, palette=bgr(palette), colors=13),
              Image.fromarray(np.array(palette, np.uint8)[seen], "RGB"))


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.suffix != ".py":
            old.unlink()
    main()
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / "decode.json").write_text(f"[\n{lines}\n]\n")

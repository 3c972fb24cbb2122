"""Makes the animations beside this file: python3 make_animations.py

Written with Pillow 9.4.0 (libwebp 1.2.4). Another version may encode other bytes; the
expected frames are always what Pillow shows of the very files, except where `drawn` says so.

animations.json  each file with its frames' times, in seconds; NAME.rgb has the frames over
                 white, as raw RGB rows, one after the other
"""

import io
import json
import random
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"

cases = []


def photo(name, size):
    return Image.open(PHOTOS / f"{name}.jpg").convert("RGB").resize(size, Image.LANCZOS)


def over_white(image):
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def expect(file, tolerance, note, drawn=None):
    """Records what `file` must show: what Pillow does, or the images `drawn`."""
    times = [0.0]
    with Image.open(HERE / file) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            if drawn is None:
                frames.append(over_white(image))
            duration = image.info.get("duration", 0)
            times.append(times[-1] + (duration if duration > 10 else 100) / 1000)
    if drawn is not None:
        frames = [over_white(it) for it in drawn]
    (HERE / f"{file}.rgb").write_bytes(b"".join(it.tobytes() for it in frames))
    cases.append(dict(file=file, width=frames[0].width, height=frames[0].height,
                      times=[round(it, 4) for it in times[:len(frames)]],
                      tolerance=tolerance, note=note))


# --- GIF --------------------------------------------------------------------


def lzw(indices, bits, clears=True):
    """The blocks of an image's data; without `clears` a full table stays."""
    clear, end = 1 << bits, (1 << bits) + 1
    out, buffer, buffered = bytearray(), 0, 0

    def write(code, size):
        nonlocal buffer, buffered
        buffer |= code << buffered
        buffered += size
        while buffered >= 8:
            out.append(buffer & 255)
            buffer >>= 8
            buffered -= 8

    def fresh():
        return {bytes([i]): i for i in range(clear)}, end + 1, bits + 1

    table, following, size = fresh()
    write(clear, size)
    text = b""
    for index in indices:
        longer = text + bytes([index])
        if longer in table:
            text = longer
            continue
        write(table[text], size)
        if following < 4096:
            table[longer] = following
            if following == 1 << size and size < 12:
                size += 1
            following += 1
        elif clears:
            write(clear, size)
            table, following, size = fresh()
        text = bytes([index])
    if text:
        write(table[text], size)
    write(end, size)
    if buffered:
        out.append(buffer)
    blocks = b"".join(bytes([len(out[i:i + 255])]) + out[i:i + 255] for i in range(0, len(out), 255))
    return bytes([bits]) + blocks + b"\0"


def table_of(colors):
    bits = max(1, (len(colors) - 1).bit_length())
    data = b"".join(bytes(it) for it in colors)
    return bits, data + bytes(3 * (1 << bits) - len(data))


def gif(width, height, palette, frames, trailer=b";"):
    """frames: dicts of left, top, width, height, indices and how they are shown."""
    out = b"GIF89a" + struct.pack("<HH", width, height)
    if palette:
        bits, data = table_of(palette)
        out += bytes([0x80 | (bits - 1), 0, 0]) + data
    else:
        bits = 8
        out += bytes([0, 0, 0])
    for it in frames:
        transparent = it.get("transparent")
        flags = it.get("disposal", 0) << 2 | (transparent is not None)
        out += b"\x21\xf9\x04" + bytes([flags]) + struct.pack("<H", it.get("delay", 0))
        out += bytes([transparent or 0, 0])
        local = it.get("palette")
        interlaced = it.get("interlaced", False)
        own_bits, own = table_of(local) if local else (bits, b"")
        packed = (0x80 | (own_bits - 1) if local else 0) | (0x40 if interlaced else 0)
        out += b"," + struct.pack("<HHHH", it["left"], it["top"], it["width"], it["height"])
        out += bytes([packed]) + own
        indices = it["indices"]
        if interlaced:
            rows = [indices[y * it["width"]:(y + 1) * it["width"]] for y in range(it["height"])]
            order = [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2))
                     for y in range(first, it["height"], step)]
            indices = b"".join(rows[y] for y in order)
        out += lzw(indices, max(it.get("bits", own_bits), 1), it.get("clears", True))
    return out + trailer


RED, GREEN, BLUE, GREY, BLACK, YELLOW = (
    (230, 30, 40), (20, 200, 60), (30, 60, 220), (128, 128, 128), (0, 0, 0), (240, 220, 10))
PALETTE = [RED, GREEN, BLUE, GREY, BLACK, YELLOW, (1, 2, 3), (250, 250, 250)]


def part(left, top, width, height, seed, colors=8, **how):
    numbers = random.Random(seed)
    indices = bytes(numbers.randrange(colors) for _ in range(width * height))
    return dict(left=left, top=top, width=width, height=height, indices=indices, **how)


def draw(width, height, palette, frames):
    """What browsers show: Pillow fills what is cleared with the background's colour."""
    canvas = Image.new("RGBA", (width, height))
    shown = []
    for it in frames:
        before = canvas.copy()
        colors = it.get("palette") or palette
        for i, index in enumerate(it["indices"]):
            x, y = it["left"] + i % it["width"], it["top"] + i // it["width"]
            if index != it.get("transparent") and x < width and y < height:
                canvas.putpixel((x, y), (*colors[index], 255))
        shown.append(canvas.copy())
        if it.get("disposal") == 2:
            box = (it["left"], it["top"], it["left"] + it["width"], it["top"] + it["height"])
            canvas.paste((0, 0, 0, 0), box)
        if it.get("disposal") in (3, 4):  # Old descriptions call it 4.
            canvas = before
    return shown


def gifs():
    image = photo("dandelion", (45, 37)).quantize(256)
    image.save(HERE / "still.gif", interlace=0)
    expect("still.gif", 0, "256 colours")
    image.quantize(100).save(HERE / "interlaced.gif", interlace=1)
    expect("interlaced.gif", 0, "rows in four passes")
    numbers = random.Random(1)
    noise = bytes(numbers.randrange(256) for _ in range(100 * 90))
    grey = [(i, 255 - i, i * 7 % 256) for i in range(256)]
    for name, clears in (("full.gif", True), ("deferred.gif", False)):
        it = dict(left=0, top=0, width=100, height=90, indices=noise, clears=clears)
        (HERE / name).write_bytes(gif(100, 90, grey, [it]))
        expect(name, 0, "a full table of codes, " + ("cleared" if clears else "which stays"))
    transparent = part(0, 0, 21, 13, 2, transparent=3)
    (HERE / "transparent.gif").write_bytes(gif(21, 13, PALETTE, [transparent]))
    expect("transparent.gif", 0, "a transparent colour")
    (HERE / "bilevel.gif").write_bytes(
        gif(19, 11, [BLACK, YELLOW], [part(0, 0, 19, 11, 3, colors=2, bits=2)]))
    expect("bilevel.gif", 0, "two colours")
    frame = part(0, 0, 19, 11, 3, colors=2, bits=1)
    (HERE / "one_bit.gif").write_bytes(gif(19, 11, [BLACK, YELLOW], [frame]))
    expect("one_bit.gif", 0, "codes of two bits at first, which Pillow refuses",
           draw(19, 11, [BLACK, YELLOW], [frame]))
    (HERE / "no_palette.gif").write_bytes(gif(40, 20, None, [part(0, 0, 40, 20, 4, colors=256)]))
    expect("no_palette.gif", 0, "no palette: levels of grey")

    frames = [photo("clock", (40, 30)).rotate(20 * i) for i in range(5)]
    frames[0].save(HERE / "photos.gif", save_all=True, append_images=frames[1:],
                   duration=[100, 250, 40, 10, 70], loop=0)
    expect("photos.gif", 0, "as Pillow writes it")

    frames = [
        part(0, 0, 24, 18, 5, delay=10, disposal=0),
        part(3, 2, 9, 8, 6, delay=0, disposal=1, transparent=2),
        part(5, 5, 15, 11, 7, delay=1, disposal=3, transparent=1, interlaced=True),
        part(0, 9, 13, 9, 8, delay=2, disposal=2, palette=[YELLOW, BLUE, BLACK, RED], colors=4),
        part(1, 1, 20, 16, 9, delay=300, disposal=3, transparent=0),
        part(2, 2, 6, 3, 10, delay=7, disposal=2),
        part(7, 0, 17, 18, 11, delay=5, transparent=5, palette=PALETTE[::-1]),
        part(0, 0, 24, 18, 12, delay=8, disposal=1, interlaced=True),
        part(11, 11, 2, 2, 13, delay=9, disposal=4),
        part(10, 10, 5, 5, 14, delay=9, transparent=4),
    ]
    (HERE / "disposals.gif").write_bytes(gif(24, 18, PALETTE, frames))
    expect("disposals.gif", 0, "all disposals, parts, palettes of their own",
           draw(24, 18, PALETTE, frames))

    frames = [
        part(4, 3, 16, 12, 15, delay=10, disposal=2, transparent=1),
        part(10, 8, 30, 30, 16, delay=10, disposal=3),
        part(30, 0, 4, 4, 17, delay=10, disposal=2),
        part(0, 14, 24, 9, 18, delay=10, disposal=1, interlaced=True),
        part(19, 0, 1, 15, 19, delay=10),
    ]
    (HERE / "beyond.gif").write_bytes(gif(12, 10, PALETTE, frames))
    expect("beyond.gif", 0, "a first frame larger than the screen, others beyond the canvas",
           draw(20, 15, PALETTE, frames))
    first = [part(4, 3, 8, 5, 20, transparent=1)]
    (HERE / "small.gif").write_bytes(gif(17, 12, PALETTE, first))
    expect("small.gif", 0, "a frame smaller than the canvas", draw(17, 12, PALETTE, first))


def main():
    gifs()
    (HERE / "animations.json").write_text(json.dumps(cases, indent=1) + "\n")


main()

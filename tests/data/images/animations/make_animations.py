"""Makes the animations beside this file: python3 make_animations.py

Written with Pillow 9.4.0 (libwebp 1.2.4). Another version may encode other bytes; the
expected frames are always what Pillow shows of the very files, except where it differs from
browsers: those are `drawn` here. Chromium 156 shows the same.

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


# --- WebP -------------------------------------------------------------------


def webp_chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def webp_pixels(image, **how):
    """The chunks of a still image's pixels: VP8L, VP8, or ALPH and VP8."""
    file = io.BytesIO()
    image.save(file, "WEBP", **how)
    data, at, kept = file.getvalue(), 12, b""
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        end = at + 8 + size + (size & 1)
        if data[at:at + 4] != b"VP8X":
            kept += data[at:end]
        at = end
    return kept


def webp(width, height, frames, extra=b""):
    """frames: left, top, image, ms, replaces, clears, and how it is encoded."""
    body = webp_chunk(b"VP8X", bytes([0x12, 0, 0, 0]) + (width - 1).to_bytes(3, "little")
                      + (height - 1).to_bytes(3, "little"))
    body += webp_chunk(b"ANIM", bytes([9, 99, 200, 255, 0, 0]))
    for left, top, image, ms, replaces, clears, how in frames:
        head = b"".join(it.to_bytes(3, "little") for it in (
            left // 2, top // 2, image.width - 1, image.height - 1, ms))
        head += bytes([replaces << 1 | clears])
        body += webp_chunk(b"ANMF", head + webp_pixels(image, **how))
    body += extra
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def with_alpha(image, seed):
    """A photo of which some is transparent and some half so."""
    alpha = Image.new("L", image.size, 255)
    pen = ImageDraw.Draw(alpha)
    numbers = random.Random(seed)
    for level in (0, 90, 200, 0):
        x, y = numbers.randrange(image.width), numbers.randrange(image.height)
        pen.rectangle((x, y, x + 9, y + 7), fill=level)
    image = image.convert("RGBA")
    image.putalpha(alpha)
    return image


def webps():
    frames = [photo("clock", (40, 30)).rotate(20 * i) for i in range(5)]
    frames[0].save(HERE / "lossy.webp", save_all=True, append_images=frames[1:],
                   duration=[100, 250, 40, 10, 70], quality=80)
    expect("lossy.webp", 2, "as Pillow writes it")
    frames = [with_alpha(it, i) for i, it in enumerate(frames)]
    frames[0].save(HERE / "lossless.webp", save_all=True, append_images=frames[1:],
                   duration=80, lossless=True, minimize_size=True)
    expect("lossless.webp", 1, "parts of the canvas, as Pillow writes them")

    lossless, lossy = dict(lossless=True, exact=True), dict(quality=90)
    part = lambda name, size, seed: with_alpha(photo(name, size), seed)
    parts = [
        (2, 4, part("fig", (20, 14), 1), 100, False, True, lossless),
        (0, 0, part("clock", (32, 24), 2), 0, False, False, lossy),
        (10, 8, part("fig", (22, 16), 3), 50, True, False, lossless),
        (4, 2, photo("drum", (9, 9)), 60, False, True, lossy),
        (6, 0, part("drum", (25, 23), 4), 70, False, False, lossy),
        (0, 0, part("clock", (32, 24), 5), 80, True, True, lossless),
        (30, 22, part("fig", (2, 2), 6), 90, False, False, lossless),
    ]
    (HERE / "parts.webp").write_bytes(webp(32, 24, parts))
    expect("parts.webp", 2, "blended and replacing, cleared and kept, lossy and lossless")
    turned = webp_chunk(b"EXIF", exif(6))
    (HERE / "turned.webp").write_bytes(webp(32, 24, parts[:3], turned))
    expect("turned.webp", 2, "the orientation of a camera")
    (HERE / "one_frame.webp").write_bytes(webp(32, 24, parts[:1]))
    expect("one_frame.webp", 1, "an animation of one frame")


def exif(orientation):
    tag = Image.Exif()
    tag[0x0112] = orientation
    return tag.tobytes()


# --- PNG --------------------------------------------------------------------


def png_chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def rows_of(image, depth=8):
    """Filtered rows, with all kinds of filter but Paeth."""
    mode = {"P": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[image.mode]
    data = image.tobytes()
    if depth == 16:
        data = bytes(it for level in data for it in (level, level ^ 0x5a))
        mode *= 2
    length, out, above = image.width * mode, b"", bytes(image.width * mode)
    for y in range(image.height):
        row = data[y * length:(y + 1) * length]
        kind = y % 4
        left = bytes(mode) + row[:-mode]
        before = {0: bytes(length), 1: left, 2: above,
                  3: bytes((a + b) // 2 for a, b in zip(left, above))}[kind]
        out += bytes([kind]) + bytes((a - b) & 255 for a, b in zip(row, before))
        above = row
    return zlib.compress(out)


def apng(width, height, color, frames, depth=8, default=None, extra=b""):
    """frames: left, top, image, (numerator, denominator), disposal, blend."""
    out = b"\x89PNG\r\n\x1a\n" + png_chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    out += png_chunk(b"acTL", struct.pack(">II", len(frames), 0)) + extra
    number = 0
    if default:
        out += png_chunk(b"IDAT", rows_of(default, depth))
    for index, (left, top, image, (num, den), disposal, blend) in enumerate(frames):
        out += png_chunk(b"fcTL", struct.pack(
            ">IIIIIHHBB", number, image.width, image.height, left, top, num, den, disposal, blend))
        number += 1
        data = rows_of(image, depth)
        half = len(data) // 2
        for part in (data[:half], data[half:]):
            if index == 0 and not default:
                out += png_chunk(b"IDAT", part)
            else:
                out += png_chunk(b"fdAT", struct.pack(">I", number) + part)
                number += 1
    return out + png_chunk(b"IEND", b"")


def play(width, height, frames):
    """What browsers show: Pillow 9.4 blends alpha itself as if it were a colour."""
    canvas = Image.new("RGBA", (width, height))
    shown = []
    for left, top, image, _, disposal, blend in frames:
        before = canvas.copy()
        box = (left, top, left + image.width, top + image.height)
        image = image.convert("RGBA")
        if blend:
            image = Image.alpha_composite(canvas.crop(box), image)
        canvas.paste(image, box)
        shown.append(canvas.copy())
        if disposal == 1:
            canvas.paste((0, 0, 0, 0), box)
        if disposal == 2:
            canvas = before
    return shown


def without(image, color):
    image = image.convert("RGBA")
    image.putdata([(*it[:3], 0) if it[:3] == color else it for it in image.getdata()])
    return image


def pngs():
    frames = [with_alpha(photo("clock", (40, 30)).rotate(20 * i), i) for i in range(4)]
    frames[0].save(HERE / "pillow.png", save_all=True, append_images=frames[1:],
                   duration=[100, 250, 40, 70], disposal=[0, 1, 2, 0])
    expect("pillow.png", 1, "as Pillow writes it")
    frames[0].save(HERE / "default.png", save_all=True, append_images=frames[1:],
                   duration=100, default_image=True)
    expect("default.png", 1, "a default image that isn't part of the animation")
    cases[-1]["times"] = [0.0, 0.0, 0.1, 0.2]
    part = lambda name, size, seed: with_alpha(photo(name, size), seed)
    parts = [
        (0, 0, part("fig", (32, 24), 1), (1, 10), 0, 0),
        (3, 2, part("clock", (20, 14), 2), (0, 0), 2, 1),
        (10, 8, part("fig", (22, 16), 3), (5, 0), 1, 0),
        (4, 3, part("drum", (9, 9), 7), (60, 1000), 1, 1),
        (0, 0, part("clock", (32, 24), 5), (2, 25), 0, 0),
        (6, 1, part("drum", (25, 23), 4), (1, 1), 2, 1),
        (1, 1, part("drum", (11, 13), 8), (1, 1), 0, 0),
    ]
    (HERE / "parts.png").write_bytes(apng(32, 24, 6, parts))
    expect("parts.png", 1, "all disposals, blended and replacing", play(32, 24, parts))
    (HERE / "turned.png").write_bytes(
        apng(32, 24, 6, parts[:3], extra=png_chunk(b"eXIf", exif(6)[6:])))
    expect("turned.png", 1, "the orientation of a camera", play(32, 24, parts[:3]))
    grey = [(*it[:2], it[2].convert("LA"), *it[3:]) for it in parts]
    (HERE / "grey_alpha.png").write_bytes(apng(32, 24, 4, grey))
    expect("grey_alpha.png", 1, "grey with alpha", play(32, 24, grey))
    key = png_chunk(b"tRNS", struct.pack(">HHH", 255, 255, 255))
    plain = [(*it[:2], over_white(it[2]), *it[3:]) for it in parts]
    (HERE / "key.png").write_bytes(apng(32, 24, 2, plain, extra=key))
    shown = [(*it[:2], without(it[2], (255, 255, 255)), *it[3:]) for it in plain]
    expect("key.png", 0, "one transparent colour", play(32, 24, shown))
    indexed = [(*it[:2], over_white(it[2]).quantize(32), *it[3:]) for it in parts[:1]]
    palette = indexed[0][2].getpalette()
    for it in parts[1:]:
        image = over_white(it[2]).quantize(palette=indexed[0][2], dither=0)
        indexed.append((*it[:2], image, *it[3:]))
    alphas = bytes((0, 90, 255, 180) * 4)
    colors = png_chunk(b"PLTE", bytes(palette)) + png_chunk(b"tRNS", alphas)
    (HERE / "palette.png").write_bytes(apng(32, 24, 3, indexed, extra=colors))
    shown = []
    for it in indexed:
        image = it[2].copy()
        image.putpalette(palette)
        image.info["transparency"] = alphas
        shown.append((*it[:2], image.convert("RGBA"), *it[3:]))
    expect("palette.png", 1, "a palette with alpha", play(32, 24, shown))
    for file, color, frames in (("deep.png", 6, parts), ("deep_grey.png", 4, grey)):
        (HERE / file).write_bytes(apng(32, 24, color, frames, depth=16))
        expect(file, 1, "16 bits with alpha", play(32, 24, frames))


def main():
    gifs()
    webps()
    pngs()
    (HERE / "animations.json").write_text(json.dumps(cases, indent=1) + "\n")


main()

"""Makes the AVIF and HEIC fixtures beside this file: python3 make_heif.py

Written with avifenc and avifdec 0.11.1 (libaom 3.6.0, dav1d 1.0.0), heif-enc and heif-convert of
libheif 1.15.1 (x265 3.5, libde265 1.0.11) and Pillow 9.4.0. Another version may encode other bytes; the
expected pixels are made of the samples that avifdec (with dav1d) or heif-convert decodes from the very
files that were written: by floats, as avifdec's own conversion of 8 bits to RGB is a few levels off,
and its one of grey in the limited range is wrong. They are upright and over white.

cases.json  files to decode, each with its raw RGB rows
"""

import json
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"
TEMP = Path(tempfile.mkdtemp())
cases = []

T = Image.Transpose
TURNS = [None, T.ROTATE_90, T.ROTATE_180, T.ROTATE_270]
MIRRORS = [T.FLIP_TOP_BOTTOM, T.FLIP_LEFT_RIGHT]


def photo(name, size):
    return Image.open(PHOTOS / f"{name}.jpg").convert("RGB").resize(size, Image.LANCZOS)


def run(*command):
    subprocess.run([str(it) for it in command], check=True, stdout=subprocess.DEVNULL)


def over_white(image):
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def expect(file, pixels, tolerance, note):
    (HERE / f"{file}.rgb").write_bytes(pixels.tobytes())
    cases.append(dict(file=file, expected=f"{file}.rgb", width=pixels.width,
                      height=pixels.height, tolerance=tolerance, note=note))


def planes_of(y4m):
    """The planes of a Y4M file, of its first frame, as lists of rows of 0..1, chroma -0.5..0.5."""
    head, _, rest = y4m.partition(b"\n")
    tags = {it[:1]: it[1:] for it in head.decode().split(" ")[1:] if it[0] != "X"}
    full = b"COLORRANGE=FULL" in head
    width, height = int(tags["W"]), int(tags["H"])
    chroma = tags["C"]
    depth = next((d for d in (10, 12) if chroma.endswith((f"p{d}", f"mono{d}"))), 8)
    size = 1 if depth == 8 else 2
    data = rest.partition(b"\n")[2]
    half_x = chroma.startswith(("420", "422"))
    half_y = chroma.startswith("420")
    planes = []
    for i in range(1 if chroma.startswith("mono") else 3):
        w = (width + 1) // 2 if i and half_x else width
        h = (height + 1) // 2 if i and half_y else height
        samples = [int.from_bytes(data[at:at + size], "little") for at in range(0, w * h * size, size)]
        data = data[w * h * size:]
        low, span = ((0, 2 ** depth - 1) if full else
                     (16 << depth - 8, (219 if i == 0 else 224) << depth - 8))
        middle = 2 ** (depth - 1)
        values = [(it - (middle if i else low)) / span for it in samples]
        planes.append([values[y * w:y * w + w] for y in range(h)])
    return planes, half_x, half_y


def sampled(plane, x, y, half_x, half_y):
    """A sample of chroma, interpolated from those around it, each in the middle of its pixels."""
    def around(at, half, count):
        if not half:
            return [(at, 1)]
        near = at // 2
        far = min(max(near + (1 if at % 2 else -1), 0), count - 1)
        return [(near, 0.75), (far, 0.25)]

    return sum(plane[j][i] * a * b
               for j, a in around(y, half_y, len(plane)) for i, b in around(x, half_x, len(plane[0])))


def to_rgb(y4m, matrix):
    planes, half_x, half_y = planes_of(y4m)
    height, width = len(planes[0]), len(planes[0][0])
    kr, kb = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "identity": (0, 0)}[matrix]
    out = bytearray()
    for y in range(height):
        for x in range(width):
            luma = planes[0][y][x]
            if len(planes) == 1:
                rgb = (luma,) * 3
            else:
                cb, cr = (sampled(it, x, y, half_x, half_y) for it in planes[1:])
                if matrix == "identity":
                    rgb = (cr + 128 / 255, luma, cb + 128 / 255)
                else:
                    r, b = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
                    rgb = (r, (luma - kr * r - kb * b) / (1 - kr - kb), b)
            out += bytes(min(max(int(it * 255 + 0.5), 0), 255) for it in rgb)
    return Image.frombytes("RGB", (width, height), bytes(out))


def avif(file, images, options, note, tolerance=1, matrix="bt601", shown=lambda it: it):
    sources = []
    for i, image in enumerate(images):
        sources.append(TEMP / f"{i}.png")
        image.save(sources[-1])
    run("avifenc", "-s", "6", *options.split(), *sources, HERE / file)
    run("avifdec", HERE / file, TEMP / "out.y4m")
    pixels = to_rgb((TEMP / "out.y4m").read_bytes(), matrix)
    if "A" in images[0].mode:
        run("avifdec", "-d", "8", HERE / file, TEMP / "out.png")
        with Image.open(TEMP / "out.png") as image:
            # avifdec has divided premultiplied colours by alpha.
            pixels = image.convert("RGBA") if "-p" in options else pixels
            pixels.putalpha(image.getchannel("A"))
    expect(file, shown(over_white(pixels)), tolerance, note)


def avifs():
    image = photo("dandelion", (45, 37))
    for yuv in "420 422 444 400".split():
        for depth in "8 10 12".split():
            for range_ in "full limited".split():
                if yuv in ("422", "400") and depth == "12" or yuv == "422" and range_ == "full":
                    continue
                avif(f"{yuv}_{depth}_{range_}.avif", [image], f"-y {yuv} -d {depth} -r {range_}",
                     f"{yuv}, {depth} bits, {range_} range")
    avif("bt709.avif", [image], "-y 444 --cicp 1/13/1", "BT.709's matrix", matrix="bt709")
    avif("identity.avif", [image], "-y 444 --cicp 1/13/0", "RGB as it is", matrix="identity")
    avif("display_p3.avif", [image], "-y 420 --cicp 12/13/6", "Display P3")
    alpha = image.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    avif("alpha.avif", [alpha], "-y 420", "alpha")
    avif("premultiplied.avif", [alpha], "-p -y 444", "premultiplied alpha", tolerance=2)
    avif("animated.avif", [image, photo("alp", image.size)], "-y 420", "first of two frames")
    avif("grid.avif", [photo("drum", (128, 128))], "-g 2x2 -y 420", "four tiles")
    for turn in range(4):
        for mirror in (None, 0, 1):
            options = f"-y 444 --irot {turn}" + ("" if mirror is None else f" --imir {mirror}")

            def shown(it):
                it = it if turn == 0 else it.transpose(TURNS[turn])
                return it if mirror is None else it.transpose(MIRRORS[mirror])

            axis = "none" if mirror is None else mirror
            avif(f"turned_{turn}_{axis}.avif", [image.resize((23, 14))], options,
                 f"turned by {turn} * 90 degrees, mirrored along {axis}", shown=shown)
    avif("cropped.avif", [image.resize((44, 36))], "-y 420 --crop 4,6,30,20", "crop",
         shown=lambda it: it.crop((4, 6, 34, 26)))
    # What a phone writes beside irot, which is what counts.
    (TEMP / "exif").write_bytes(b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x112, 3, 1, 6, 0))
    avif("turned_with_exif.avif", [image.resize((23, 14))],
         f"-y 444 --irot 3 --exif {TEMP / 'exif'}", "irot and EXIF say the same",
         shown=lambda it: it.transpose(T.ROTATE_270))

# --- HEIC -------------------------------------------------------------------

def boxes(data):
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind.decode("latin1"), data[at + 8:at + size if size else len(data)]
        at += size or len(data)


def box(kind, *parts, version=None, flags=0):
    head = b"" if version is None else struct.pack(">I", version << 24 | flags)
    body = head + b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def coded(file):
    """The box hvcC and the coded image that heif-enc wrote, of its first item."""
    data = file.read_bytes()
    meta = dict(boxes(dict(boxes(data))["meta"][4:]))
    hvcc = dict(boxes(dict(boxes(meta["iprp"]))["ipco"]))["hvcC"]
    iloc = meta["iloc"]
    sizes, bases = iloc[4] >> 4, iloc[5] >> 4
    at = 8
    while True:  # Until an item in the file rather than in idat.
        item, method = struct.unpack_from(">HH", iloc, at) if iloc[0] else (
            *struct.unpack_from(">H", iloc, at), 0)
        at += (6 if iloc[0] else 4)
        base = int.from_bytes(iloc[at:at + bases], "big")
        at += bases + 2
        offset = int.from_bytes(iloc[at:at + (iloc[4] >> 4)], "big")
        at += iloc[4] >> 4
        length = int.from_bytes(iloc[at:at + (iloc[4] & 15)], "big")
        at += iloc[4] & 15
        if method == 0:
            return hvcc, data[base + offset:base + offset + length]


def stream(hvcc, payload):
    """A file of HEVC with start codes."""
    out, at = b"", 23
    for _ in range(hvcc[22]):
        count = struct.unpack_from(">H", hvcc, at + 1)[0]
        at += 3
        for _ in range(count):
            size = struct.unpack_from(">H", hvcc, at)[0]
            out += b"\0\0\0\1" + hvcc[at + 2:at + 2 + size]
            at += 2 + size
    at = 0
    while at < len(payload):
        size = struct.unpack_from(">I", payload, at)[0]
        out += b"\0\0\0\1" + payload[at + 4:at + 4 + size]
        at += 4 + size
    return out


def decoded(hvcc, payload, full=True, matrix="bt601"):
    """What ffmpeg decodes, as RGB."""
    (TEMP / "it.hevc").write_bytes(stream(hvcc, payload))
    # Y4M would convert RGB and the full range.
    run("ffmpeg", "-loglevel", "error", "-y", "-i", TEMP / "it.hevc", "-frames:v", "1",
        "-f", "rawvideo", TEMP / "it.raw")
    info = subprocess.run(["ffprobe", "-loglevel", "error", "-of", "csv=p=0", "-show_entries",
                           "stream=width,height,pix_fmt", TEMP / "it.hevc"],
                          check=True, capture_output=True, text=True).stdout.strip()
    width, height, kind = info.split("\n")[0].split(",")[:3]
    kind = kind.replace("yuvj", "yuv").replace("gbrp", "yuv444p").replace("gray", "mono")
    kind = kind.replace("yuv", "").removesuffix("le").removesuffix("p")
    head = f"YUV4MPEG2 W{width} H{height} C{kind} XCOLORRANGE={'FULL' if full else 'LIMITED'}"
    return to_rgb(head.encode() + b"\nFRAME\n" + (TEMP / "it.raw").read_bytes(), matrix)


def heif(items, idat, exif=None):
    """A file of items: (type, payload, properties, tiles or thumbnail of); the first is primary."""
    properties, ipma, infe, iref = [], b"", b"", b""
    for number, (kind, _, own, refers) in enumerate(items, 1):
        indices = b"".join(struct.pack("B", len(properties) + i + 1) for i in range(len(own)))
        properties += own
        ipma += struct.pack(">HB", number, len(own)) + indices
        infe += box("infe", struct.pack(">HH4sB", number, 0, kind.encode(), 0), version=2)
        if refers:
            how, to = refers
            iref += box(how, struct.pack(f">HH{len(to)}H", number, len(to), *to))

    def meta(start):
        iloc, at = b"", start
        for number, (_, payload, _, _) in enumerate(items, 1):
            method = 1 if payload is None else 0
            offset, length = (0, len(idat)) if payload is None else (at, len(payload))
            iloc += struct.pack(">HHHHII", number, method, 0, 1, offset, length)
            at += len(payload or b"")
        return box("meta",
                   box("hdlr", struct.pack(">I4s12xB", 0, b"pict", 0), version=0),
                   box("pitm", struct.pack(">H", 1), version=0),
                   box("iloc", struct.pack(">BBH", 0x44, 0, len(items)), iloc, version=1),
                   box("iinf", struct.pack(">H", len(items)), infe, version=0),
                   box("iref", iref, version=0),
                   box("iprp", box("ipco", *properties),
                       box("ipma", struct.pack(">I", len(items)), ipma, version=0)),
                   box("idat", idat), version=0)

    ftyp = box("ftyp", b"heic", struct.pack(">I", 0), b"mif1miafheic")
    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box("mdat", *(it[1] for it in items if it[1] is not None))


def png_of_16_bits(image, path):
    """As Pillow doesn't write it. The lower bits aren't 0."""
    width, height = image.size
    rows = b"".join(b"\0" + b"".join(struct.pack(">H", it * 257) for it in
                    image.crop((0, y, width, y + 1)).tobytes()) for y in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    path.write_bytes(b"\x89PNG\r\n\x1a\n"
                     + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def encode(image, *options):
    if "-b" in options:
        png_of_16_bits(image, TEMP / "in.png")
    else:
        image.save(TEMP / "in.png")
    run("heif-enc", "-q", "80", *options, TEMP / "in.png", "-o", TEMP / "out.heic")
    return coded(TEMP / "out.heic")


def ispe(width, height):
    return box("ispe", struct.pack(">II", width, height), version=0)


def heic(file, image, note, options=(), full=True, shown=lambda it: it, properties=(),
         tolerance=1, **how):
    hvcc, payload = encode(image, *options)
    pixels = decoded(hvcc, payload, full, **how)
    own = [box("hvcC", hvcc), ispe(*pixels.size), *properties]
    (HERE / file).write_bytes(heif([("hvc1", payload, own, None)], b""))
    expect(file, shown(pixels), tolerance, note)


def nclx(matrix, full, primaries=1):
    return box("colr", b"nclx", struct.pack(">HHHB", primaries, 13, matrix, full << 7))


def heics():
    image = photo("dandelion", (64, 48))
    heic("420.heic", image, "4:2:0, no colour profile")
    heic("422.heic", image, "4:2:2", ["-p", "chroma=422"])
    heic("420_10.heic", image, "10 bits", ["-b", "10"])
    # libde265 1.0.15 deblocks full chroma otherwise than libde265 1.0.11 and ffmpeg, by 4 levels.
    heic("422_12.heic", image, "12 bits", ["-b", "12", "-p", "chroma=422"])
    heic("444.heic", image, "4:4:4", ["-p", "chroma=444"], tolerance=4)
    heic("grey.heic", image.convert("L"), "grey")
    heic("limited.heic", image, "limited range", ["--full_range_flag", "0"], full=False,
         properties=[nclx(6, False)])
    heic("bt709.heic", image, "BT.709's matrix", ["--matrix_coefficients", "1"], matrix="bt709",
         properties=[nclx(1, True)])
    heic("identity.heic", image, "RGB as it is", ["-p", "chroma=444", "--matrix_coefficients", "0"],
         matrix="identity", properties=[nclx(0, True)], tolerance=4)
    heic("cropped.heic", image, "crop to odd sizes", properties=[
        box("clap", struct.pack(">IIIIiIiI", 45, 1, 37, 1, -1, 2, 1, 2))],
        shown=lambda it: it.crop((9, 14, 54, 51)))
    # As a phone writes it: tiles, a thumbnail, a profile, a turn, and EXIF that says it again.
    tiles, planes = [], [Image.new("L", (size, size)) for size in (128, 64, 64)]
    whole = photo("drum", (128, 128))
    for y in (0, 64):
        for x in (0, 64):
            tiles.append(encode(whole.crop((x, y, x + 64, y + 64))))
            decoded(*tiles[-1])
            raw = (TEMP / "it.raw").read_bytes()
            for plane, size, at in zip(planes, (64, 32, 32), (0, 64 * 64, 64 * 64 + 32 * 32)):
                part = Image.frombytes("L", (size, size), raw[at:at + size * size])
                plane.paste(part, (x * size // 64, y * size // 64))
    # Chroma is interpolated over the edges of tiles.
    planes = [it.crop((0, 0, w, h)) for it, w, h in zip(planes, (120, 60, 60), (100, 50, 50))]
    pixels = to_rgb(b"YUV4MPEG2 W120 H100 C420 XCOLORRANGE=FULL\nFRAME\n"
                    + b"".join(it.tobytes() for it in planes), "bt601")
    grid = struct.pack(">BBBBHH", 0, 0, 1, 1, 120, 100)
    profile = box("colr", b"prof", b"Display P3 or another")
    turn = box("irot", b"\3")
    small = encode(whole.resize((64, 64)).rotate(180))
    items = [("grid", None, [ispe(120, 100), profile, turn], ("dimg", [2, 3, 4, 5]))]
    items += [("hvc1", it, [box("hvcC", hvcc), ispe(64, 64)], None) for hvcc, it in tiles]
    items.append(("hvc1", small[1], [box("hvcC", small[0]), ispe(64, 64)], ("thmb", [1])))
    (HERE / "phone.heic").write_bytes(heif(items, grid))
    expect("phone.heic", pixels.transpose(T.ROTATE_270), 1,
           "tiles, thumbnail, profile and turn")


def large():
    """An AVIF that is decoded in a worker, of a few hundred bytes."""
    Image.linear_gradient("L").resize((700, 500)).convert("RGB").save(TEMP / "large.png")
    run("avifenc", "-s", "6", "-y", "420", "--min", "50", "--max", "60", TEMP / "large.png",
        HERE / "large.avif")


if __name__ == "__main__":
    avifs()
    heics()
    large()
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")

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


def large():
    """An AVIF that is decoded in a worker, of a few hundred bytes."""
    Image.linear_gradient("L").resize((700, 500)).convert("RGB").save(TEMP / "large.png")
    run("avifenc", "-s", "6", "-y", "420", "--min", "50", "--max", "60", TEMP / "large.png",
        HERE / "large.avif")


if __name__ == "__main__":
    avifs()
    large()
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")

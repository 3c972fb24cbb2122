"""Makes photos with colour profiles beside this file: python3 make_profiles.py

Written with Pillow 9.4.0 (Little CMS 2.14, libjpeg-turbo 2.1.5, libwebp 1.2.4), avifenc of
libavif 0.11.1 and heif-enc of libheif 1.15.1 with x265 3.5.

cases.json has, for each file, raw RGB rows: the levels that are stored in it, as Pillow,
avifdec and heif-convert give them, and those of sRGB that a viewer shows, by Little CMS.
"""

import io
import json
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from PIL import Image, ImageCms

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"
SRGB = ImageCms.createProfile("sRGB")
D50 = (0.9642, 1, 0.8249)


def icc(name, primaries, curve):
    """A profile of version 4: primaries in XYZ under D50, and a curve for all channels."""
    def tag(kind, body):
        return kind + bytes(4) + body

    def fixed(*values):
        return struct.pack(f">{len(values)}i", *(round(it * 65536) for it in values))

    def text(it):
        return tag(b"mluc", struct.pack(">II2s2sII", 1, 12, b"en", b"US", 2 * len(it), 28)
                   + it.encode("utf-16-be"))

    curve = tag(b"para", struct.pack(">HH", 3 if len(curve) == 5 else 0, 0) + fixed(*curve))
    tags = [(b"desc", text(name)), (b"cprt", text("none")), (b"wtpt", tag(b"XYZ ", fixed(*D50)))]
    for channel, primary in zip("rgb", primaries):
        tags.append((f"{channel}XYZ".encode(), tag(b"XYZ ", fixed(*primary))))
        tags.append((f"{channel}TRC".encode(), curve))
    body = b""
    table = struct.pack(">I", len(tags))
    for kind, data in tags:
        table += struct.pack(">4sII", kind, 132 + 12 * len(tags) + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = 128 + len(table) + len(body)
    header = struct.pack(">I4sI4s4s4s12x4s28x", size, b"", 0x04300000, b"mntr", b"RGB ", b"XYZ ",
                         b"acsp") + fixed(*D50)
    return header.ljust(128, b"\0") + table + body


DISPLAY_P3 = icc(
    "Display P3",
    [(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)],
    (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
ADOBE_RGB = icc(
    "Adobe RGB (1998)",
    [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)],
    (2.19921875,))

cases = []


def convert(image, source, target):
    source, target = (ImageCms.ImageCmsProfile(io.BytesIO(it)) if isinstance(it, bytes) else it
                      for it in (source, target))
    return ImageCms.profileToProfile(
        image, source, target, renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)


def expect(file, profile, note, tolerance=0, decoded=None):
    stored = decoded or Image.open(HERE / file).convert("RGB")
    shown = convert(stored, profile, SRGB)
    (HERE / f"{file}.rgb").write_bytes(stored.tobytes())
    (HERE / f"{file}.shown.rgb").write_bytes(shown.tobytes())
    cases.append(dict(file=file, expected=f"{file}.rgb", shown=f"{file}.shown.rgb",
                      width=stored.width, height=stored.height, tolerance=tolerance, note=note))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(file, chunks):
    """A PNG that Pillow wrote, with more chunks behind its header."""
    data = (HERE / file).read_bytes()
    (HERE / file).write_bytes(data[:33] + b"".join(chunk(*it) for it in chunks) + data[33:])


def main():
    photo = Image.open(PHOTOS / "fig.jpg").convert("RGB").resize((48, 32), Image.LANCZOS)
    p3 = convert(photo, SRGB, DISPLAY_P3)
    adobe = convert(photo, SRGB, ADOBE_RGB)

    p3.save(HERE / "display_p3.jpg", quality=92, subsampling=0, icc_profile=DISPLAY_P3)
    expect("display_p3.jpg", DISPLAY_P3, "Display P3 in a JPEG", 1)
    adobe.save(HERE / "adobe_rgb.jpg", quality=92, subsampling=0, icc_profile=ADOBE_RGB)
    expect("adobe_rgb.jpg", ADOBE_RGB, "Adobe RGB in a JPEG", 1)
    p3.save(HERE / "display_p3.png", icc_profile=DISPLAY_P3)
    expect("display_p3.png", DISPLAY_P3, "Display P3 as a PNG's iCCP")
    p3.save(HERE / "display_p3.webp", lossless=True, icc_profile=DISPLAY_P3)
    expect("display_p3.webp", DISPLAY_P3, "Display P3 in a WebP")

    p3.save(HERE / "display_p3.tiff", compression="tiff_adobe_deflate", icc_profile=DISPLAY_P3)
    expect("display_p3.tiff", DISPLAY_P3, "Display P3 in a TIFF")

    p3.save(HERE / "cicp.png")
    with_chunks("cicp.png", [(b"cICP", bytes([12, 13, 0, 1]))])
    expect("cicp.png", DISPLAY_P3, "Display P3 as a PNG's cICP")
    adobe.save(HERE / "gamma.png")
    # White, red, green and blue of Adobe RGB, in hundred thousandths.
    with_chunks("gamma.png", [
        (b"gAMA", struct.pack(">I", 45471)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
    ])
    expect("gamma.png", ADOBE_RGB, "Adobe RGB as a PNG's gAMA and cHRM")

    with tempfile.TemporaryDirectory() as folder:
        source, decoded = Path(folder) / "in.png", Path(folder) / "out.png"
        p3.save(source, icc_profile=DISPLAY_P3)
        avif = HERE / "display_p3.avif"
        subprocess.run(["avifenc", "-y", "444", "-s", "6", "--min", "10", "--max", "10", source,
                        avif], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["avifdec", "-d", "8", avif, decoded], check=True,
                       stdout=subprocess.DEVNULL)
        expect("display_p3.avif", DISPLAY_P3, "Display P3 as an AVIF's ICC profile", 1,
               Image.open(decoded).convert("RGB"))
        heic = HERE / "display_p3.heic"
        subprocess.run(["heif-enc", "-q", "90", "-p", "chroma=444", source, "-o", heic],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["heif-convert", heic, decoded], check=True, stdout=subprocess.DEVNULL)
        expect("display_p3.heic", DISPLAY_P3, "Display P3 in a HEIC", 1,
               Image.open(decoded).convert("RGB"))

    (HERE / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


main()

"""Makes the fixtures beside this file: python3 make_fixtures.py

Written with torchvision 0.14.1, PyTorch 1.13.0 and Pillow 9.4.0 (Debian 12's
python3-torchvision and python3-pil).

crops.json   sources and the crop, resize and size of an input, with a PNG of what torchvision
             or Pillow makes; for a photo in examples/photos, with the SHA-256 of its RGB bytes
float.json   sources that torch.nn.functional.interpolate resizes without antialiasing, as
             pytorch-fid does, with its levels in single precision, [height, width, 3]
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent.parent / "examples" / "photos"
TORCHVISION = {"antialiased": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}

crop_cases = []
float_cases = []


def photo(name, size):
    return Image.open(PHOTOS / f"{name}.jpg").convert("RGB").resize(size, Image.LANCZOS)


def noise(width, height):
    values = np.random.RandomState(width * 1000 + height).randint(0, 256, (height, width, 3))
    return Image.fromarray(values.astype(np.uint8))


def stripes(width, height):
    """Wide, with edges of any distance; few bytes as a PNG."""
    x = np.arange(width)
    row = np.stack([x * 255 // width, 255 * (x * x // 4000 % 2), 255 * (x % 61 < 30)], -1)
    return Image.fromarray(np.repeat(row[None], height, 0).astype(np.uint8))


def source_file(name, image):
    file = f"source_{name}.png"
    image.save(HERE / file, optimize=True)
    return file


def expect(source, crop, resize, size, pixels):
    file = f"cropped_{len(crop_cases)}.png"
    pixels.save(HERE / file, optimize=True)
    crop_cases.append(dict(source=source, crop=crop, resize=resize, size=size, expected=file))


def resized_and_cropped(image, to, size, resize):
    resized = transforms.Resize(to, interpolation=TORCHVISION[resize])(image)
    return transforms.CenterCrop(size)(resized)


def crops():
    sources = dict(landscape=photo("dragonfly", (131, 97)), portrait=photo("clock", (61, 90)),
                   square=photo("fig", (64, 64)), small=photo("drum", (9, 14)),
                   noise=noise(67, 41), wide=stripes(4000, 24), tall=noise(2, 150),
                   pixel=noise(1, 1))
    files = {name: source_file(name, image) for name, image in sources.items()}
    cases = [
        ("landscape", 80, 70), ("landscape", 57, 50), ("landscape", 97, 90),
        ("landscape", 40, 40), ("portrait", 80, 75), ("portrait", 33, 20), ("portrait", 61, 61),
        ("square", 48, 42), ("square", 64, 50), ("small", 57, 50), ("noise", 38, 33),
        ("noise", 20, 1), ("wide", 16, 14), ("wide", 30, 27), ("tall", 34, 29), ("pixel", 9, 7),
    ]
    for name, to, size in cases:
        for resize in TORCHVISION:
            crop = dict(kind="resize", to=to, size=size)
            pixels = resized_and_cropped(sources[name], to, size, resize)
            expect(files[name], crop, resize, size, pixels)
    for name, size in [("landscape", 40), ("noise", 70), ("small", 21)]:
        image = sources[name]
        expect(files[name], dict(kind="squash"), "bicubic", size,
               image.resize((size, size), Image.BICUBIC))
    # 0.7 of 97 is 68 pixels; (131 - 68) / 2 and (97 - 68) / 2 are rounded to even.
    expect(files["landscape"], dict(kind="center", fraction=0.7), "bicubic", 31,
           sources["landscape"].resize((31, 31), Image.BICUBIC, box=(32, 14, 100, 82)))


def photos():
    for path in sorted(PHOTOS.iterdir()):
        image = Image.open(path).convert("RGB")
        for to, resize in [(342, "antialiased"), (341, "bicubic")]:
            pixels = resized_and_cropped(image, to, 299, resize)
            crop_cases.append(dict(
                photo=path.name, crop=dict(kind="resize", to=to, size=299), resize=resize,
                size=299, sha256=hashlib.sha256(pixels.tobytes()).hexdigest()))


def floats():
    for name, size in [("landscape", 24), ("portrait", 31), ("small", 20)]:
        with Image.open(HERE / f"source_{name}.png") as image:
            batch = transforms.ToTensor()(image)[None]
        resized = torch.nn.functional.interpolate(
            batch, size=(size, size), mode="bilinear", align_corners=False)
        levels = (resized[0] * 255).permute(1, 2, 0).contiguous().numpy()
        file = f"interpolated_{name}.f32"
        (HERE / file).write_bytes(levels.astype("<f4").tobytes())
        float_cases.append(dict(source=f"source_{name}.png", size=size, expected=file))


def write_json(name, cases):
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.suffix != ".py":
            old.unlink()
    crops()
    photos()
    floats()
    write_json("crops.json", crop_cases)
    write_json("float.json", float_cases)

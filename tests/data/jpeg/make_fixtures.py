"""Makes the JPEG fixtures beside this file: python3 make_fixtures.py

Written with Pillow 12.3.0 and cjpeg of libjpeg-turbo 2.1.5. What they must decode to is what
@jsquash/jpeg, mozjpeg, makes of them, so another version may write other bytes.
"""

import io
import subprocess
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
PHOTOS = HERE.parent.parent.parent / "examples" / "photos"

# Sampling factors across x down of Y, Cb and Cr; of what isn't said 1x1.
SAMPLINGS = {
    "444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2",
    "441": "1x4", "mixed": "2x2,1x2,2x1", "reversed": "1x1,2x2,1x1",
}


def cjpeg(name, image, *options):
    ppm = io.BytesIO()
    image.save(ppm, "PPM")
    jpeg = subprocess.run(["cjpeg", *options], input=ppm.getvalue(), capture_output=True, check=True)
    (HERE / f"{name}.jpg").write_bytes(jpeg.stdout)


if __name__ == "__main__":
    photo = Image.open(PHOTOS / "dandelion.jpg").convert("RGB").resize((53, 43), Image.LANCZOS)
    for name, factors in SAMPLINGS.items():
        cjpeg(f"baseline_{name}", photo, "-quality", "85", "-sample", factors)
        cjpeg(f"progressive_{name}", photo, "-quality", "85", "-sample", factors, "-progressive")
    cjpeg("restart", photo, "-quality", "85", "-restart", "3B")
    cjpeg("progressive_restart", photo, "-quality", "85", "-restart", "2B", "-progressive")
    cjpeg("grey", photo, "-quality", "85", "-grayscale")
    cjpeg("progressive_grey", photo, "-quality", "85", "-grayscale", "-progressive")
    cjpeg("rgb", photo, "-quality", "85", "-rgb")
    cjpeg("coarse", photo, "-quality", "4")
    cjpeg("fine", photo, "-quality", "100", "-optimize")
    scans = HERE / "scans.txt"
    scans.write_text("0;\n1;\n2;\n")
    cjpeg("separate_scans", photo, "-quality", "85", "-scans", str(scans))
    scans.unlink()
    for size in [(1, 1), (2, 9), (3, 3), (17, 1)]:
        cjpeg(f"{size[0]}x{size[1]}", photo.resize(size), "-quality", "90")

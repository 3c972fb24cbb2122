/**
 * Photos of formats that the package doesn't read and the browser does, such as SVG,
 * or JPEG XL in Safari: as the pixels that the browser draws.
 *
 * @module
 */

/** The most pixels: the browser's own copies are 4 bytes each. */
const MAX_PIXELS = 50_000_000;

/** The longer side of a drawing that has no size of its own, in pixels. */
const SIDE = 1024;

/** A photo as the browser draws it; `null` where it doesn't. */
export async function drawnBitmap(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { naturalWidth, naturalHeight } = image;
    if (naturalWidth * naturalHeight > MAX_PIXELS) return null;
    // Drawings are as large as is good to look at.
    const scale = file.type === "image/svg+xml"
      ? SIDE / Math.max(naturalWidth, naturalHeight, 1)
      : 1;
    const [width, height] = [naturalWidth, naturalHeight]
      .map((it) => Math.max(1, Math.round((it || SIDE) * scale)));
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return canvas.transferToImageBitmap();
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

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

/**
 * A photo as the browser draws it; `null` where it doesn't.
 *
 * @throws A problem, when it has too many pixels.
 */
export async function drawnBitmap(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { naturalWidth, naturalHeight } = image;
    // Drawings are as large as is good to look at.
    const scale = file.type === "image/svg+xml"
      ? SIDE / Math.max(naturalWidth, naturalHeight, 1)
      : 1;
    const [width, height] = [naturalWidth, naturalHeight]
      .map((it) => Math.max(1, Math.round((it || SIDE) * scale)));
    if (width * height > MAX_PIXELS) {
      const message =
        `Cannot draw ${width}x${height} pixels as the limit is ${MAX_PIXELS}`;
      throw { code: "image-too-large", message };
    }
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return canvas.transferToImageBitmap();
  } catch (error) {
    if (error.code === "image-too-large") throw error;
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

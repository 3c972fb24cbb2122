/**
 * Decodes photos of formats that the browser supports and the package doesn't, such as
 * SVG, or JPEG XL in Safari: returns the pixels that the browser draws.
 *
 * @module
 */

/**
 * The maximum number of pixels: each of the browser's own copies has 4 bytes per pixel.
 */
const MAX_PIXELS = 50_000_000;

/** The longer side of vector drawings, in pixels. */
const SIDE = 1024;

/**
 * The photo as the browser draws it; `null` if the browser can't.
 *
 * @throws A problem, if it has too many pixels.
 */
export async function drawnBitmap(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { naturalWidth, naturalHeight } = image;
    // Vector drawings are scaled to a fixed size.
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

/**
 * Previews of photos: the file itself or, if the browser can't show it, an image that
 * the package decodes. Each photo has one object URL, which is revoked with the photo.
 *
 * @module
 */

/** `{ address, size? }` by the photo's id. */
const pictures = new Map();

/** Releases the pictures of all other photos. */
export function forgetPictures(photos) {
  for (const [id, { address }] of pictures) {
    if (photos.some((it) => it.id === id)) continue;
    URL.revokeObjectURL(address);
    pictures.delete(id);
  }
}

/**
 * Shows a photo in an `<img>`.
 *
 * @param {(file: Blob) => Promise<{ picture: Blob, width: number, height: number }>}
 * preview Decodes a file that the browser can't show.
 * @param {(isShown: boolean) => void} onSettled
 */
export function showPicture(image, { id, file }, preview, onSettled) {
  const picture = pictures.get(id) ??
    { address: URL.createObjectURL(file), size: null };
  pictures.set(id, picture);
  image.onload = () => onSettled(true);
  image.onerror = async () => {
    image.onerror = () => onSettled(false);
    try {
      picture.decoded ??= preview(file);
      const { picture: blob, width, height } = await picture.decoded;
      if (pictures.get(id) !== picture) return;
      if (!picture.size) {
        URL.revokeObjectURL(picture.address);
        picture.address = URL.createObjectURL(blob);
        picture.size = { width, height };
      }
      image.src = picture.address;
    } catch {
      picture.decoded = undefined;
      onSettled(false);
    }
  };
  image.src = picture.address;
}

/** The photo's original size in pixels, upright; its preview may be smaller. */
export function sizeOf({ id }, image) {
  return pictures.get(id)?.size ??
    { width: image.naturalWidth, height: image.naturalHeight };
}

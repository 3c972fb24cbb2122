/** A HEIC or AVIF whose header states another size, in pixels, than its data. */
export function resized(
  file: Uint8Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const AFTER_TYPE = 8; // After "ispe", and a version with flags.
  for (let at = 0; at < bytes.length - 16; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    view.setUint32(at + AFTER_TYPE, width);
    view.setUint32(at + AFTER_TYPE + 4, height);
  }
  return bytes;
}

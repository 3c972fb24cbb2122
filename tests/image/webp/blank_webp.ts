/** A lossless WebP of one colour: 38 bytes, whatever its size, and much to decode. */
export function blankWebp(
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.fromHex(
    "524946461e000000574542505650384c110000002ffebffa0207d0fffef7bfff8188e87f0000",
  );
  // 14 bits each, less 1.
  const size = (width - 1) | (height - 1) << 14;
  new DataView(bytes.buffer).setUint32(21, size, true);
  return bytes;
}

/** The bytes of a view's values, which aren't copied. */
export function bytesOf<B extends ArrayBufferLike>(
  { buffer, byteOffset, byteLength }: ArrayBufferView<B>,
): Uint8Array<B> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

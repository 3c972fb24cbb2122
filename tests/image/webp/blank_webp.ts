/** The file of a WebP that is large enough for decoding in a worker. */
export async function largeWebpFile(): Promise<AsyncDisposable & { url: URL }> {
  const path = await Deno.makeTempFile({ suffix: ".webp" });
  await Deno.writeFile(path, blankWebp(1500, 1000));
  return {
    url: new URL(`file://${path}`),
    [Symbol.asyncDispose]: () => Deno.remove(path),
  };
}

/** A single-colour lossless WebP: always 38 bytes, but expensive to decode. */
export function blankWebp(
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.fromHex(
    "524946461e000000574542505650384c110000002ffebffa0207d0fffef7bfff8188e87f0000",
  );
  // 14 bits each, minus 1.
  const size = (width - 1) | (height - 1) << 14;
  new DataView(bytes.buffer).setUint32(21, size, true);
  return bytes;
}

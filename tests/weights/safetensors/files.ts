/** Makes safetensors files by hand, valid or not, and streams of them. */

/** A file of a header, given as text or as an object, and data. */
export function makeFile(
  header: string | Record<string, unknown>,
  dataLength: number,
): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const file = new Uint8Array(8 + json.length + dataLength);
  setLength(file, json.length);
  file.set(json, 8);
  for (let i = 0; i < dataLength; i++) file[8 + json.length + i] = i + 1;
  return file;
}

/** Sets the header length in the first eight bytes. */
export function setLength(file: Uint8Array, length: number | bigint): void {
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
}

/** A stream of chunks of `partLength` bytes, which records whether it was cancelled. */
export function streamOf(
  bytes: Uint8Array,
  partLength = bytes.length,
): { stream: ReadableStream<Uint8Array>; cancelled: () => boolean } {
  let at = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at += partLength));
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, cancelled: () => cancelled };
}

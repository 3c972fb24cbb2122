/**
 * A model's source: a known name, a path, a URL, or the file itself as bytes in memory,
 * a `Blob` (or `File`) or a `Response`.
 */
export type ModelSource =
  | string
  | URL
  | Response
  | Blob
  | Uint8Array
  | DataView
  | ArrayBufferLike;

/** Whether a source is a name, a path or an address. */
export function isNamed(source: ModelSource): source is string | URL {
  return typeof source === "string" || source instanceof URL;
}

/**
 * Where a model comes from: a known name, a path or an address, or the file itself:
 * its bytes in memory, a `Blob` (or `File`), or the `Response` that brings it.
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

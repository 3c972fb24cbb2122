import assert from "node:assert/strict";

const SOURCE = new URL("../../src/", import.meta.url);
const FOLDERS = [
  "backends/simd/modules",
  "image/jpeg/modules",
  "image/png/modules",
  "image/webp/modules",
  "image/avif/modules",
  "search/modules",
];

/** The paths in `src` of all files made by `deno task build`. */
export function committedFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    Array.from(
      Deno.readDirSync(new URL(folder, SOURCE)),
      ({ name }) => `${folder}/${name}`,
    )
  );
}

/** Reads a committed file. */
export function readCommitted(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(path, SOURCE));
}

/** Asserts that files equal the committed ones. */
export function assertCommitted(files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) {
    const committed = readCommitted(path);
    // Not deepEqual, which would print all bytes.
    assert.ok(
      committed.length === bytes.length &&
        committed.every((it, i) => it === bytes[i]),
      `${path} isn't what the kernels give: run \`deno task build\``,
    );
  }
}

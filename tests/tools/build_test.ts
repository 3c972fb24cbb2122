import assert from "node:assert/strict";
import { buildKernels } from "../../tools/build.ts";

const SOURCE = new URL("../../src/", import.meta.url);
const FOLDERS = [
  "backends/simd/modules",
  "image/jpeg/modules",
  "image/png/modules",
  "image/webp/modules",
  "search/modules",
];

Deno.test("buildKernels() gives the files that are committed", async () => {
  const files = await buildKernels();
  for (const [path, bytes] of files) {
    const committed = Deno.readFileSync(new URL(path, SOURCE));
    // Not deepEqual, which would print all bytes.
    assert.ok(
      committed.length === bytes.length &&
        committed.every((it, i) => it === bytes[i]),
      `${path} isn't what the kernels give: run \`deno task build\``,
    );
  }
  assert.deepEqual(committedFiles().sort(), [...files.keys()].sort());
});

Deno.test("Modules of our own import a memory and nothing else", () => {
  for (const path of committedFiles()) {
    if (!path.endsWith(".wasm") || path.endsWith("/webp.wasm")) continue;
    const bytes = Deno.readFileSync(new URL(path, SOURCE));
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    assert.deepEqual(
      imports.map(({ module, name, kind }) => ({ module, name, kind })),
      [{ module: "env", name: "memory", kind: "memory" }],
      path,
    );
  }
});

function committedFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    Array.from(
      Deno.readDirSync(new URL(folder, SOURCE)),
      ({ name }) => `${folder}/${name}`,
    )
  );
}

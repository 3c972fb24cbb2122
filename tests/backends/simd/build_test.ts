import assert from "node:assert/strict";
import { buildKernels } from "../../../src/backends/simd/build.ts";

const MODULES = new URL(
  "../../../src/backends/simd/modules/",
  import.meta.url,
);

Deno.test("buildKernels() gives the files that are committed", async () => {
  const files = await buildKernels();
  for (const [name, bytes] of files) {
    const committed = Deno.readFileSync(new URL(name, MODULES));
    // Not deepEqual, which would print all bytes.
    assert.ok(
      committed.length === bytes.length &&
        committed.every((it, i) => it === bytes[i]),
      `${name} isn't what the kernels give: run \`deno task build\``,
    );
  }
  const names = Array.from(Deno.readDirSync(MODULES), ({ name }) => name);
  assert.deepEqual(names.sort(), [...files.keys()].sort());
});

Deno.test("Modules import a memory and nothing else", () => {
  for (const { name } of Deno.readDirSync(MODULES)) {
    if (!name.endsWith(".wasm")) continue;
    const bytes = Deno.readFileSync(new URL(name, MODULES));
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    assert.deepEqual(
      imports.map(({ module, name, kind }) => ({ module, name, kind })),
      [{ module: "env", name: "memory", kind: "memory" }],
      name,
    );
  }
});

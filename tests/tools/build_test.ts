import assert from "node:assert/strict";
import { committedFiles, readCommitted } from "./committed_files.ts";

Deno.test("Modules of our own import a memory, and relaxed kernels the wide ones", () => {
  for (const path of committedFiles()) {
    if (!/(?<!\/webp|\/avif)\.wasm$/.test(path)) continue;
    const module = new WebAssembly.Module(readCommitted(path));
    const imports = WebAssembly.Module.imports(module);
    assert.deepEqual(
      imports.map(({ module, name, kind }) => ({ module, name, kind })),
      [
        ...path.includes("simd/modules/relaxed")
          ? ["convWide", "averagePoolWide"].map((name) => (
            { module: "env", name, kind: "function" }
          ))
          : [],
        { module: "env", name: "memory", kind: "memory" },
      ],
      path,
    );
  }
});

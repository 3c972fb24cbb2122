import assert from "node:assert/strict";
import { readableFormats } from "../../src/image/readable_formats.ts";
import { setWasmModules } from "../../src/runtime/wasm_modules.ts";
import { BASE64 } from "../../src/image/png/modules/png.ts";

Deno.test("readableFormats() names what can surely be read", async () => {
  assert.equal(
    readableFormats(),
    "JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF",
  );
  assert.equal(readableFormats(true), "GIF, BMP or TIFF");
  const bytes = Uint8Array.from(atob(BASE64), (it) => it.charCodeAt(0));
  setWasmModules({ png: await WebAssembly.compile(bytes) });
  try {
    assert.equal(readableFormats(true), "PNG, GIF, BMP or TIFF");
  } finally {
    setWasmModules({ png: undefined });
  }
});

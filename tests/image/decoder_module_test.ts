import assert from "node:assert/strict";
import { decoderModule } from "../../src/image/decoder_module.ts";
import { decodeImage } from "../../src/image/mod.ts";
import { BASE64 } from "../../src/image/png/modules/png.ts";
import { fixture } from "./fixtures.ts";

Deno.test("decoderModule() says which decoder can't be loaded, and tries again", async () => {
  let loads = 0;
  const module = () =>
    decoderModule("webp", () => {
      loads++;
      if (loads > 1) return Promise.resolve({ BASE64 });
      return Promise.reject(new TypeError("no such part"));
    });
  await assert.rejects(module(), {
    name: "DecoderUnavailableError",
    code: "decoder-unavailable",
    format: "webp",
    message: /decoder of WebP: no such part; .*setWasmModules\(\{ webp \}\)$/,
  });
  assert.equal(await module(), await module());
  assert.equal(loads, 2);
});

Deno.test("decodeImage() says what to do where no WebAssembly is compiled from bytes", async () => {
  const { compile } = WebAssembly;
  WebAssembly.compile = () =>
    Promise.reject(
      new WebAssembly.CompileError("Wasm code generation disallowed"),
    );
  try {
    await assert.rejects(decodeImage(fixture("color.png")), {
      name: "DecoderUnavailableError",
      message: /setWasmModules\(\{ png \}\)/,
    });
  } finally {
    WebAssembly.compile = compile;
  }
  assert.equal((await decodeImage(fixture("color.png"))).width, 29);
});

import assert from "node:assert/strict";
import { keepModule } from "../../src/image/codec_module.ts";
import { BASE64 } from "../../src/image/png/modules/png.ts";
import { decodeImage, setCodecModule } from "../../src/image/mod.ts";
import { fixture } from "./fixtures.ts";

Deno.test("keepModule() says which decoder can't be loaded, and tries again", async () => {
  let loads = 0;
  const module = keepModule("webp", () => {
    loads++;
    if (loads > 1) return Promise.resolve({ BASE64 });
    return Promise.reject(new TypeError("no such part"));
  });
  await assert.rejects(module(), {
    name: "DecoderUnavailableError",
    code: "decoder-unavailable",
    format: "webp",
    message:
      /decoder of WebP: no such part\. .*setCodecModule\("webp", module\)/,
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
      message: /setCodecModule\("png", module\)/,
    });
  } finally {
    WebAssembly.compile = compile;
  }
  assert.equal((await decodeImage(fixture("color.png"))).width, 29);
});

const CODECS = [
  ["jpeg", "color.jpg", "../../src/image/jpeg/modules/jpeg.wasm"],
  ["png", "color.png", "../../src/image/png/modules/png.wasm"],
  ["webp", "lossy.webp", "../../src/image/webp/modules/webp.wasm"],
] as const;

for (const [format, file, specifier] of CODECS) {
  Deno.test(`setCodecModule() hands in the ${format} codec, and nothing is fetched`, async () => {
    const wasm = await Deno.readFile(new URL(import.meta.resolve(specifier)));
    setCodecModule(format, await WebAssembly.compile(wasm));
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.reject(new Error("fetched"));
    try {
      const image = await decodeImage(fixture(file));
      assert.ok(image.width > 0);
    } finally {
      globalThis.fetch = fetch;
    }
  });
}

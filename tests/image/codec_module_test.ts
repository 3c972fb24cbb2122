import assert from "node:assert/strict";
import { decodeImage, setCodecModule } from "../../src/image/mod.ts";
import { fixture } from "./fixtures.ts";

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

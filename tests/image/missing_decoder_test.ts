import assert from "node:assert/strict";
import { decodeImage, type DecodeOptions } from "../../src/image/mod.ts";
import { blankWebp } from "./webp/blank_webp.ts";

Deno.test("decodeImage() tells of a missing decoder before it advises to shrink an image", async () => {
  const { compile } = WebAssembly;
  const format = (name: string) =>
    Deno.readFile(new URL(`../data/formats/photo.${name}`, import.meta.url));
  const images = [
    ["webp", blankWebp(299, 299)],
    ["avif", await format("avif")],
    ["heic", await format("heic")],
  ] as const;
  const large = { name: "ImageTooLargeError" };
  WebAssembly.compile = () =>
    Promise.reject(new WebAssembly.CompileError("it isn't compiled."));
  try {
    for (const [format, image] of images) {
      const refused = (options: DecodeOptions, error: object) =>
        assert.rejects(decodeImage(image, options), error);
      await refused({ maxMemory: 1000 }, {
        name: "DecoderUnavailableError",
        format,
        message: /: it isn't compiled; /,
      });
      // It is too large for any decoder.
      await refused({ maxPixels: 1000 }, large);
    }
  } finally {
    WebAssembly.compile = compile;
  }
  for (const [, image] of images) {
    await assert.rejects(decodeImage(image, { maxMemory: 1000 }), large);
  }
});

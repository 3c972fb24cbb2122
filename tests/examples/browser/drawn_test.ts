import assert from "node:assert/strict";
import { drawnBitmap } from "../../../examples/browser/drawn.js";

/** Mocks a browser that draws every file as `width` x `height` pixels. */
function fakeBrowser(width: number, height: number): Disposable {
  const fakes = {
    Image: class {
      naturalWidth = width;
      naturalHeight = height;
      decode = () => Promise.resolve();
    },
    OffscreenCanvas: class {
      constructor(readonly width: number, readonly height: number) {}
      getContext = () => ({ drawImage() {} });
      transferToImageBitmap = () => this;
    },
  };
  Object.assign(globalThis, fakes);
  return {
    [Symbol.dispose]() {
      for (const name of Object.keys(fakes)) {
        Reflect.deleteProperty(globalThis, name);
      }
    },
  };
}

const PHOTO = new Blob([], { type: "image/jxl" });
const DRAWING = new Blob([], { type: "image/svg+xml" });

Deno.test("what only the browser draws has 50 megapixels at most, or the page says that it is too large", async () => {
  {
    using _ = fakeBrowser(10_000, 5_000);
    const { width, height } = (await drawnBitmap(PHOTO))!;
    assert.deepEqual([width, height], [10_000, 5_000]);
  }
  using _ = fakeBrowser(10_000, 5_001);
  await assert.rejects(drawnBitmap(PHOTO), {
    code: "image-too-large",
    message: "Cannot draw 10000x5001 pixels as the limit is 50000000",
  });
});

Deno.test("a drawing is made smaller, whatever its size", async () => {
  using _ = fakeBrowser(40_000, 20_000);
  const { width, height } = (await drawnBitmap(DRAWING))!;
  assert.deepEqual([width, height], [1024, 512]);
});

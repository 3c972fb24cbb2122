import assert from "node:assert/strict";
import { boundMemory } from "../../../src/image/bounded_memory.ts";
import { startLibheif } from "../../../src/image/heic/libheif.ts";
import { loadLibheif } from "../../../src/image/heic/load_libheif.ts";
import { decodeImage, preprocess } from "../../../src/image/mod.ts";
import { decodeFixture, fixture, fromRgb, maxDifference } from "../fixtures.ts";
import { HEIF_CASES } from "../heif/fixtures.ts";
import { u32 } from "../heif/make_heif.ts";

for (const { file, expected, width, height, tolerance, note } of HEIF_CASES) {
  if (!file.endsWith(".heic")) continue;
  Deno.test(`decodeImage() equals ffmpeg on ${file} (${note})`, async () => {
    const image = await decodeFixture(file);
    const other = fromRgb(fixture(expected), width, height);
    const difference = maxDifference(image, other);
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

Deno.test("decodeImage() decodes a HEIC of the name of HEIF only", async () => {
  const bytes = fixture("heif/420.heic");
  const expected = await decodeImage(bytes);
  bytes.set(new TextEncoder().encode("mif1"), 8);
  bytes.set(new TextEncoder().encode("miaf"), 24); // Replaces "heic".
  assert.deepEqual(await decodeImage(bytes), expected);
});

Deno.test("preprocess() cuts the box out of a HEIC of a phone", async () => {
  const options = {
    crop: { kind: "center", fraction: 0.5 },
    resize: "antialiased",
  } as const;
  const bytes = fixture("heif/phone.heic");
  assert.deepEqual(
    (await preprocess(bytes, 20, options)).data,
    (await preprocess(await decodeImage(bytes), 20, options)).data,
  );
});

/** A HEIC whose header states another size than its data has. */
function forged(width: number, height: number): Uint8Array {
  const bytes = fixture("heif/420.heic");
  const at = new TextDecoder("latin1").decode(bytes).indexOf("ispe");
  bytes.set([...u32(width), ...u32(height)], at + 8);
  return bytes;
}

Deno.test("decodeImage() refuses a HEIC whose header lies about its size", async () => {
  for (const [width, height] of [[63, 64], [2000, 1000]] as const) {
    await assert.rejects(decodeImage(forged(width, height)), {
      name: "CorruptImageError",
      format: "heic",
    });
  }
  await assert.rejects(decodeImage(forged(60_000, 60_000)), {
    name: "ImageTooLargeError",
  });
});

Deno.test("libheif takes no more memory than it is told, and is dropped then", async () => {
  const module = await loadLibheif();
  const libheif = startLibheif(module, boundMemory());
  const bytes = fixture("heif/phone.heic");
  const most = libheif.memory.buffer.byteLength;
  // More than its free memory.
  const long = new Uint8Array(most);
  long.set(bytes);
  assert.equal(libheif.decode(long, most), "too large");
  assert.equal(libheif.memory.buffer.byteLength, most);
  const image = startLibheif(module, boundMemory()).decode(bytes, most);
  assert.ok(typeof image === "object" && image !== null);
  assert.deepEqual([image.width, image.height], [120, 100]);
});

/** Mocks browser features that Deno lacks. */
function withPlatform(bitmap: () => Promise<unknown>, data: Uint8ClampedArray) {
  const calls: unknown[] = [];
  const scope = globalThis as Record<string, unknown>;
  const { createImageBitmap, OffscreenCanvas } = scope;
  scope.createImageBitmap = (...args: unknown[]) => {
    calls.push(args);
    return bitmap();
  };
  scope.OffscreenCanvas = class {
    getContext() {
      return {
        drawImage() {},
        getImageData: (
          _x: number,
          _y: number,
          width: number,
          height: number,
        ) => ({
          data,
          width,
          height,
        }),
      };
    }
  };
  return {
    calls,
    [Symbol.dispose]() {
      Object.assign(scope, { createImageBitmap, OffscreenCanvas });
    },
  };
}

class ImageBitmap {
  closed = false;
  constructor(readonly width: number, readonly height: number) {}
  close() {
    this.closed = true;
  }
}

Deno.test("decodeImage() lets a browser decode HEIC, upright as it does", async () => {
  const bytes = fixture("heif/phone.heic");
  const { data, width, height } = await decodeImage(bytes);
  const other = Uint8ClampedArray.from(
    data,
    (it, i) => i % 4 < 3 ? 255 - it : it,
  );
  const bitmap = new ImageBitmap(width, height);
  using platform = withPlatform(() => Promise.resolve(bitmap), other);
  assert.deepEqual(await decodeImage(bytes), { data: other, width, height });
  assert.equal(bitmap.closed, true);
  assert.equal(platform.calls.length, 1);
  // The header is checked first.
  await assert.rejects(decodeImage(bytes, { maxPixels: 1000 }), {
    name: "ImageTooLargeError",
  });
  assert.equal(platform.calls.length, 1);
});

Deno.test("decodeImage() decodes HEIC itself where a browser can't, or gives another size", async () => {
  const bytes = fixture("heif/phone.heic");
  const expected = await decodeImage(bytes);
  for (
    const bitmap of [
      () => Promise.reject(new DOMException("It can't be decoded")),
      () => Promise.resolve(new ImageBitmap(50, 60)),
    ]
  ) {
    using _ = withPlatform(
      bitmap,
      new Uint8ClampedArray(50 * 60 * 4).fill(255),
    );
    assert.deepEqual(await decodeImage(bytes), expected);
  }
});

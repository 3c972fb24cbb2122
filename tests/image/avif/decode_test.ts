import assert from "node:assert/strict";
import { boundMemory } from "../../../src/image/bounded_memory.ts";
import { startLibavif } from "../../../src/image/avif/libavif.ts";
import { decodeImage, preprocess } from "../../../src/image/mod.ts";
import { decodeFixture, fixture, fromRgb, maxDifference } from "../fixtures.ts";
import { HEIF_CASES } from "../heif/fixtures.ts";
import { u32 } from "../heif/make_heif.ts";

const MODULE = new WebAssembly.Module(
  Deno.readFileSync(
    new URL("../../../src/image/avif/modules/avif.wasm", import.meta.url),
  ),
);

for (const { file, expected, width, height, tolerance, note } of HEIF_CASES) {
  if (!file.endsWith(".avif")) continue;
  Deno.test(`decodeImage() equals avifdec on ${file} (${note})`, async () => {
    const image = await decodeFixture(file);
    const other = fromRgb(fixture(expected), width, height);
    const difference = maxDifference(image, other);
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

Deno.test("preprocess() cuts the box out of a turned AVIF", async () => {
  const options = {
    crop: { kind: "center", fraction: 0.5 },
    resize: "half-pixel",
  } as const;
  for (const file of ["turned_1_0", "turned_3_none", "cropped"]) {
    const bytes = fixture(`heif/${file}.avif`);
    const pixels = await decodeImage(bytes);
    assert.deepEqual(
      (await preprocess(bytes, 9, options)).data,
      (await preprocess(pixels, 9, options)).data,
    );
  }
});

/** An AVIF whose header states another size than its data has. */
function forged(width: number, height: number): Uint8Array {
  const bytes = fixture("heif/420_8_full.avif");
  const at = new TextDecoder("latin1").decode(bytes).indexOf("ispe");
  bytes.set([...u32(width), ...u32(height)], at + 8);
  return bytes;
}

Deno.test("decodeImage() refuses an AVIF whose header lies about its size", async () => {
  for (const [width, height] of [[44, 37], [2000, 1000]] as const) {
    await assert.rejects(decodeImage(forged(width, height)), {
      name: "CorruptImageError",
      format: "avif",
    });
  }
  await assert.rejects(decodeImage(forged(60_000, 60_000)), {
    name: "ImageTooLargeError",
  });
});

Deno.test("decodeImage() decodes a large AVIF in a worker, as on its own thread", async () => {
  const { Worker } = globalThis;
  let started = 0;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      started++;
    }
  };
  try {
    const bytes = fixture("heif/large.avif");
    const { data } = await decodeImage(bytes);
    assert.equal(started, 1);
    const memory = new WebAssembly.Memory({ initial: 90 });
    const libavif = startLibavif(MODULE, boundMemory(), memory);
    const here = libavif.decode(bytes, 2 ** 30);
    assert.ok(typeof here === "object" && here !== null);
    assert.deepEqual(data, here.data);
  } finally {
    globalThis.Worker = Worker;
  }
});

Deno.test("libavif takes no more memory than it is told, and decodes the next image", () => {
  const memory = new WebAssembly.Memory({ initial: 90 });
  const libavif = startLibavif(MODULE, boundMemory(), memory);
  const length = 16 << 20;
  const bytes = fixture("heif/grid.avif");
  const first = libavif.decode(bytes, length);
  assert.ok(typeof first === "object" && first !== null);
  assert.ok(libavif.memory.buffer.byteLength <= length);
  const damaged = bytes.slice();
  damaged.fill(0xff, bytes.length - 300);
  libavif.decode(damaged, length);
  assert.deepEqual(libavif.decode(bytes, length), first);
});

import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { decodeImage } from "../../src/image/mod.ts";
import { TotemError } from "../../src/errors.ts";
import { decodeFixture, fixture } from "./fixtures.ts";

const FILES = [
  "color.jpg",
  "progressive.jpg",
  "cmyk.jpg",
  "orientation_6.jpg",
  "alpha.png",
  "palette.png",
  "interlaced.png",
  "lossy.webp",
  "lossless_alpha.webp",
  "alpha.webp",
  "animated.webp",
  "animations/disposals.gif",
  "bmp/alpha_108.bmp",
  "bmp/rle8.bmp",
  "tiff/tiles_lzw.tif",
  "tiff/strips_zip.tif",
  "tiff/jpeg.tif",
] as const;

/** Small enough that a forged size can't make a case slow. */
const MAX_PIXELS = 1_000_000;

// Uniform, unlike `fc.double`, most of whose numbers are near 0.
const position = fc.nat(9_999).map((n) => n / 10_000);
const mutations = fc.array(fc.tuple(position, fc.nat(255)), {
  minLength: 1,
  maxLength: 6,
});

for (const file of FILES) {
  const original = fixture(file);
  const at = (where: number) => Math.floor(where * original.length);

  Deno.test(`decodeImage() of a damaged ${file} gives an image or a TotemError`, async () => {
    await silently(async () => {
      await fc.assert(
        fc.asyncProperty(mutations, async (changes) => {
          const bytes = original.slice();
          for (const [where, value] of changes) bytes[at(where)] = value;
          await decodesOrFailsTyped(bytes);
        }),
        { numRuns: 60 },
      );
      // Most effective damage is in the header.
      await fc.assert(
        fc.asyncProperty(mutations, async (changes) => {
          const bytes = original.slice();
          for (const [where, value] of changes) bytes[at(where / 8)] = value;
          await decodesOrFailsTyped(bytes);
        }),
        { numRuns: 60 },
      );
    });
  });

  Deno.test(`decodeImage() of a cut or spliced ${file} gives an image or a TotemError`, async () => {
    await silently(() =>
      fc.assert(
        fc.asyncProperty(
          position,
          position,
          fc.constantFrom(...FILES),
          async (end, start, other) => {
            const tail = fixture(other);
            const head = original.subarray(0, at(end));
            const rest = tail.subarray(Math.floor(start * tail.length));
            await decodesOrFailsTyped(head);
            await decodesOrFailsTyped(Uint8Array.from([...head, ...rest]));
          },
        ),
        { numRuns: 40 },
      )
    );
  });
}

Deno.test("decodeImage() decodes as before after hundreds of damaged files", async () => {
  for (const file of ["color.jpg", "alpha.png", "lossless.webp"]) {
    const before = await decodeFixture(file);
    const damaged = fixture(file);
    damaged.fill(0xa7, 60, damaged.length - 20);
    for (let i = 0; i < 100; i++) {
      await assert.rejects(decodeImage(damaged), TotemError);
    }
    assert.deepEqual(await decodeFixture(file), before);
  }
});

async function decodesOrFailsTyped(bytes: Uint8Array): Promise<void> {
  try {
    const { data, width, height } = await decodeImage(bytes, {
      maxPixels: MAX_PIXELS,
    });
    assert.equal(data.length, width * height * 4);
    assert.ok(width * height <= MAX_PIXELS);
  } catch (error) {
    if (!(error instanceof TotemError)) throw error;
  }
}

/** Runs `body` and fails if a codec prints anything. */
async function silently(body: () => Promise<void>): Promise<void> {
  const printed: unknown[] = [];
  const original = { ...console };
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    console[method] = (...words: unknown[]) => void printed.push(words);
  }
  try {
    await body();
  } finally {
    Object.assign(console, original);
  }
  assert.deepEqual(printed, []);
}

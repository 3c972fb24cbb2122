/**
 * That a damaged JPEG gives an image or a typed error, and takes no more memory
 * than its header explains.
 */
import assert from "node:assert/strict";
import { TotemError } from "../../src/errors.ts";
import {
  decodeImage,
  readImageHeader,
  readInput,
} from "../../src/image/mod.ts";
import { FIXTURES, jpegFixture } from "../image/jpeg/fixtures.ts";
import { watchMemory } from "../watch_memory.ts";
import { randomNumbers } from "../random.ts";

const FILES = FIXTURES.map(jpegFixture);
const COUNT = 50_000;

/** Small enough that a forged size can't make a case slow. */
const MAX_PIXELS = 300_000;

Deno.test(`${COUNT} damaged JPEGs give images or typed errors`, async () => {
  const random = randomNumbers(7);
  using memory = watchMemory();
  let decoded = 0;
  for (let i = 0; i < COUNT; i++) {
    const bytes = damage(FILES[i % FILES.length]!, random);
    memory.reset();
    try {
      await decode(bytes, i);
      decoded++;
    } catch (error) {
      if (!(error instanceof TotemError)) {
        throw new Error(`case ${i}`, { cause: error });
      }
    }
    assert.ok(memory.mostBytes() <= bound(bytes), `case ${i}`);
  }
  // Most damage is amid the pixels, and shows.
  assert.ok(decoded > COUNT / 4, `${decoded}`);
});

async function decode(bytes: Uint8Array, i: number): Promise<void> {
  const options = {
    maxPixels: MAX_PIXELS,
    truncated: i % 3 === 0 ? "keep" : "error",
  } as const;
  if (i % 2 === 0) {
    const { data, width, height } = await decodeImage(bytes, options);
    assert.equal(data.length, width * height * 4);
  } else {
    const { data } = await readInput(bytes, 1 + i % 30, {
      crop: { kind: "center", fraction: 0.8 },
      resize: "antialiased",
    }, options);
    assert.equal(data.length, (1 + i % 30) ** 2 * 4);
  }
}

type Random = () => number;

function damage(file: Uint8Array, random: Random): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const bytes = file.slice();
  // Most ways to lie are in the header.
  const reach = random() < 0.5 ? bytes.length : 700;
  for (let n = below(5); n >= 0; n--) {
    bytes[below(Math.min(reach, bytes.length))] = below(256);
  }
  const other = FILES[below(FILES.length)]!;
  const cut = below(bytes.length);
  switch (below(6)) {
    case 0:
      return bytes.subarray(0, cut);
    case 1: // The beginning of one and the end of another.
      return concatenate(
        bytes.subarray(0, cut),
        other.subarray(below(other.length)),
      );
    case 2: { // A part twice.
      const start = below(cut + 1);
      return concatenate(bytes.subarray(0, cut), bytes.subarray(start));
    }
    case 3: // A part missing.
      return concatenate(
        bytes.subarray(0, cut),
        bytes.subarray(cut + below(200)),
      );
    default:
      return bytes;
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/**
 * What decoding may take: a fixed part; of a row, at most 32 lines of samples of
 * four components twice, and of pixels once, over MCUs of 32 pixels; and a block
 * of 64 coefficients for 64 samples, over MCUs again.
 */
function bound(bytes: Uint8Array): number {
  let size;
  try {
    size = readImageHeader(bytes);
  } catch {
    return 0;
  }
  const width = Math.ceil(size.width / 32) * 32;
  const height = Math.ceil(size.height / 32) * 32;
  const row = width * 32 * (4 * 2 + 4) + 64 * 1024;
  const blocks = width * height / 64 * 4 * 136;
  return 192 * 1024 + row + blocks;
}

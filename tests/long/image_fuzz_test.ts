/**
 * A damaged image of any format is decoded or refused by a typed error, uses at most
 * the memory that its header explains plus 8 MiB, takes at most 2 s, and leaves the
 * decoder intact for the next file.
 *
 * `TOTEM_FUZZ` sets the number of files per format.
 */
import assert from "node:assert/strict";
import { deflateSync, inflateSync } from "node:zlib";
import {
  decodeImage,
  type ImageFormat,
  preprocess,
  readImageHeader,
} from "../../src/image/mod.ts";
import { CHUNKS, chunks } from "../../src/image/png/chunks.ts";
import { joinBytes } from "../../src/io/join_bytes.ts";
import { animation } from "../image/animation/fixtures.ts";
import { fixture } from "../image/fixtures.ts";
import { FIXTURES, jpegFixture } from "../image/jpeg/fixtures.ts";
import { chunk } from "../../src/image/encode_png.ts";
import { below, mutateBytes, pick, type Random } from "../mutations.ts";
import { randomNumbers } from "../random.ts";
import { MAX_MEMORY, MAX_MS, measure } from "./measure_decoding.ts";

const COUNT = Deno.env.get("TOTEM_FUZZ");

/** Small enough that a forged size can't make a case slow. */
const MAX_PIXELS = 300_000;

/** Files of a format, and the way to damage them. */
interface Format {
  /** The number of cases, unless `TOTEM_FUZZ` sets it; 5000 by default. */
  readonly count?: number;
  readonly files: readonly Uint8Array[];
  damage(file: Uint8Array, random: Random): Uint8Array;
}

const FORMATS: Readonly<Record<ImageFormat, Format>> = {
  jpeg: {
    files: [
      ...FIXTURES.map(jpegFixture),
      ...["cmyk.jpg", "ycck.jpg", "orientation_6.jpg"].map(fixture),
    ],
    // Most effective damage is in the header.
    damage: (file, random) =>
      mutateBytes(file, random, 2, random() < 0.5 ? 700 : file.length),
  },
  png: {
    files: namesOf(".png").map(fixture),
    damage: damagePng,
  },
  webp: {
    files: namesOf(".webp").map(fixture),
    damage: (file, random) =>
      mutateBytes(file, random, 12, random() < 0.5 ? 60 : file.length),
  },
  avif: {
    count: 500,
    files: namesOf(".avif", "heif/").map(fixture),
    damage: damageHeif,
  },
  heic: {
    count: 500,
    files: namesOf(".heic", "heif/").map(fixture),
    damage: damageHeif,
  },
  bmp: {
    count: 1000,
    files: namesOf(".bmp", "bmp/").map(fixture),
    damage: (file, random) =>
      mutateBytes(file, random, 2, random() < 0.5 ? 70 : file.length),
  },
  gif: {
    count: 1000,
    files: ["still", "interlaced", "deferred", "disposals", "beyond", "one_bit"]
      .map((it) => animation(`${it}.gif`)),
    // The screen and the first frame's header, or the whole file.
    damage: (file, random) =>
      mutateBytes(file, random, 6, random() < 0.5 ? 80 : file.length),
  },
  tiff: {
    count: 1000,
    files: namesOf(".tif", "tiff/").map(fixture),
    damage: damageTiff,
  },
};

for (
  const [format, { count = 5000, files, damage }] of Object.entries(FORMATS)
) {
  const cases = Number(COUNT ?? count);
  Deno.test(`${cases} damaged images of ${format} are decoded, or refused by typed errors`, async () => {
    const random = randomNumbers(7);
    const counts: Record<string, number> = {};
    const worst = { ms: 0, mebibytes: 0 };
    const known = files[0]!;
    const pixels = await decodeImage(known);
    for (let i = 0; i < cases; i++) {
      const bytes = damage(pick(random, files), random);
      const { result, ms, memory } = await measure(() => decode(bytes, i));
      counts[result] = (counts[result] ?? 0) + 1;
      assert.ok(!result.startsWith("untyped"), `case ${i}: ${result}`);
      assert.ok(ms <= MAX_MS, `case ${i}: ${ms} ms`);
      const most = bytes.length + explained(bytes) + MAX_MEMORY;
      assert.ok(memory <= most, `case ${i}: ${memory} of ${most} bytes`);
      worst.ms = Math.max(worst.ms, ms);
      worst.mebibytes = Math.max(worst.mebibytes, memory / 2 ** 20);
      if (i % 50 === 0) assert.deepEqual(await decodeImage(known), pixels);
    }
    if (cases > 5000) console.log(format, counts, worst);
    // Damage is neither always fatal nor always harmless.
    assert.ok(counts["decoded"]! > cases / 20, `${counts["decoded"]}`);
    assert.ok(counts["CorruptImageError"]! > cases / 20);
  });
}

function namesOf(ending: string, subfolder = ""): string[] {
  const folder = new URL(`../data/images/${subfolder}`, import.meta.url);
  return Array.from(Deno.readDirSync(folder), ({ name }) => subfolder + name)
    .filter((it) => it.endsWith(ending)).sort();
}

async function decode(bytes: Uint8Array, i: number): Promise<void> {
  const options = {
    maxPixels: MAX_PIXELS,
    allowTruncated: i % 3 === 0,
  } as const;
  if (i % 2 === 0) {
    const { data, width, height } = await decodeImage(bytes, options);
    assert.equal(data.length, width * height * 4);
    return;
  }
  const size = 1 + i % 30;
  const { data } = await preprocess(bytes, size, {
    crop: i % 4 === 1
      ? { kind: "center", fraction: 0.8 }
      : { kind: "resize", to: 40, size: 30 },
    resize: (["antialiased", "bicubic", "half-pixel"] as const)[i % 3]!,
  }, options);
  assert.equal(data.length, size ** 2 * 4);
  for (let i = 3; i < data.length; i += 4) assert.equal(data[i], 255);
}

/** Damages boxes, or a few bytes: most other damage is fatal. */
function damageHeif(file: Uint8Array, random: Random): Uint8Array {
  const end = random() < 0.5 ? 500 : file.length;
  if (random() < 0.5) return mutateBytes(file, random, 4, end);
  const damaged = file.slice();
  for (let n = below(random, 3); n >= 0; n--) {
    damaged[below(random, Math.min(end, file.length))]! ^= 1 <<
      below(random, 8);
  }
  return damaged;
}

/** Damages a PNG's bytes, data or rows, and usually repairs its checksums. */
function damagePng(file: Uint8Array, random: Random): Uint8Array {
  const parts = Array.from(chunks(file), ({ type, start, end }) => ({
    type,
    name: new TextDecoder().decode(file.subarray(start - 4, start)),
    data: file.subarray(start, end),
  }));
  const isData = (it: { type: number }) => it.type === CHUNKS.IDAT;
  const data = joinBytes(parts.filter(isData).map((it) => it.data));
  const write = (data: Uint8Array) => {
    const first = parts.findIndex(isData);
    const kept = parts.filter((it, i) => !isData(it) || i === first)
      .map((it) => chunk(it.name, isData(it) ? data : it.data));
    return joinBytes([file.subarray(0, 8), ...kept]);
  };
  switch (below(random, 4)) {
    case 0:
      return mutateBytes(file, random, 8, random() < 0.5 ? 60 : file.length);
    case 1: // The stream, in whole chunks.
      return write(mutateBytes(data, random));
    case 2: { // Rows: filters, too few, too many.
      const rows = mutateBytes(Uint8Array.from(inflateSync(data)), random);
      return write(deflateSync(rows, { level: below(random, 10) }));
    }
    default: { // Chunks: their content, order and number.
      const others = parts.map((it) =>
        random() < 0.3
          ? chunk(it.name, mutateBytes(it.data, random))
          : chunk(it.name, it.data)
      );
      others.splice(below(random, others.length), 1, pick(random, others));
      return joinBytes([file.subarray(0, 8), ...others]);
    }
  }
}

/** Damages a TIFF's bytes, mostly in its directory. */
function damageTiff(file: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.3) return mutateBytes(file, random, 4);
  const view = new DataView(file.buffer, file.byteOffset);
  const isLittle = file[0] === 0x49;
  const isBig = view.getUint16(2, isLittle) === 43;
  const start = view.getUint32(isBig ? (isLittle ? 8 : 12) : 4, isLittle);
  return mutateBytes(file, random, start, start + 300);
}

/**
 * The memory that decoding and its result may use according to the header, in bytes,
 * with twice the bytes per pixel of a row of MCUs: see the decoders' layouts.
 */
function explained(bytes: Uint8Array): number {
  try {
    const { format, width, height } = readImageHeader(bytes);
    const pixels = Math.ceil(width / 32) * Math.ceil(height / 32) * 32 * 32;
    if (pixels > 4 * MAX_PIXELS) return 0;
    if (format === "webp") return (16 << 20) + 2 * bytes.length + 20 * pixels;
    if (format === "avif" || format === "heic") {
      return (24 << 20) + 3 * bytes.length + 50 * pixels;
    }
    if (format === "jpeg") return 32 * pixels + 32 * 16 * width;
    return 8 * pixels;
  } catch {
    return 0;
  }
}

/**
 * A damaged animation of any format yields frames or a typed error, uses at most the
 * memory that its limits explain plus 8 MiB, takes at most 2 s, and leaves the decoder
 * intact for the next file.
 *
 * `TOTEM_FUZZ` sets the number of files per format.
 */
import assert from "node:assert/strict";
import { deflateSync, inflateSync } from "node:zlib";
import { chunk } from "../../src/image/encode_png.ts";
import { chunkName, CHUNKS, chunks } from "../../src/image/png/chunks.ts";
import { preprocessFrames } from "../../src/image/preprocess_frames.ts";
import { animation, CASES } from "../image/animation/fixtures.ts";
import { joined } from "../joined.ts";
import { below, mutateBytes, pick, type Random } from "../mutations.ts";
import { randomNumbers } from "../random.ts";
import { MAX_MEMORY, MAX_MS, measure } from "./measure_decoding.ts";

const COUNT = Number(Deno.env.get("TOTEM_FUZZ") ?? 1000);

/** Small enough that a forged size can't make a case slow. */
const MAX_PIXELS = 20_000;

/** Memory for the canvas, its saved parts, and a restarted libwebp. */
const FRAME_MEMORY = 160 * MAX_PIXELS + (16 << 20);

const DAMAGES: Readonly<
  Record<string, (file: Uint8Array, random: Random) => Uint8Array>
> = {
  gif: (file, random) => mutateBytes(file, random, 6),
  webp: (file, random) =>
    mutateBytes(random() < 0.5 ? file : damageHeads(file, random), random, 30),
  png: damagePng,
};

for (const [format, damage] of Object.entries(DAMAGES)) {
  Deno.test(`${COUNT} damaged animations of ${format} give frames, or are refused by typed errors`, async () => {
    const random = randomNumbers(11);
    const files = CASES
      .filter(({ file, times }) => file.endsWith(format) && times.length > 1)
      .map(({ file }) => animation(file));
    const counts: Record<string, number> = {};
    const worst = { ms: 0, mebibytes: 0 };
    const known = await framesOf(files[0]!, Infinity);
    for (let i = 0; i < COUNT; i++) {
      const bytes = damage(pick(random, files), random);
      const count = pick(random, [2, 3, 5, Infinity]);
      const { result, ms, memory } = await measure(async () => {
        await framesOf(bytes, count);
      });
      counts[result] = (counts[result] ?? 0) + 1;
      assert.ok(!result.startsWith("untyped"), `case ${i}: ${result}`);
      assert.ok(ms <= MAX_MS, `case ${i}: ${ms} ms`);
      const most = 3 * bytes.length + FRAME_MEMORY + MAX_MEMORY;
      assert.ok(memory <= most, `case ${i}: ${memory} of ${most} bytes`);
      worst.ms = Math.max(worst.ms, ms);
      worst.mebibytes = Math.max(worst.mebibytes, memory / 2 ** 20);
      if (i % 50 === 0) {
        assert.deepEqual(await framesOf(files[0]!, Infinity), known);
      }
    }
    if (COUNT > 1000) console.log(format, counts, worst);
    // Damage is neither always fatal nor always harmless.
    assert.ok(counts["decoded"]! > COUNT / 20, `${counts["decoded"]}`);
    assert.ok(counts["CorruptImageError"]! > COUNT / 20);
  });
}

async function framesOf(bytes: Uint8Array, count: number) {
  const geometry = {
    crop: { kind: "center", fraction: 0.8 },
    resize: "antialiased",
  } as const;
  const frames = await Array.fromAsync(
    preprocessFrames(bytes, count, 9, geometry, { maxPixels: MAX_PIXELS }),
  );
  for (const { input: { data } } of frames) {
    assert.equal(data.length, 9 * 9 * 4);
    for (let i = 3; i < data.length; i += 4) assert.equal(data[i], 255);
  }
  return frames;
}

/** Changes the positions and disposal of a WebP's frames. */
function damageHeads(file: Uint8Array, random: Random): Uint8Array {
  const bytes = file.slice();
  const text = new TextDecoder("latin1").decode(bytes);
  for (const { index } of text.matchAll(/ANMF/g)) {
    if (random() < 0.5) continue;
    bytes[index + 8 + below(random, 16)] = random() < 0.8
      ? below(random, 4)
      : below(random, 256);
  }
  return bytes;
}

/** Damages a PNG's bytes, or its chunks with matching checksums and numbers. */
function damagePng(file: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.2) return mutateBytes(file, random, 8);
  const { fcTL, fdAT, acTL } = CHUNKS;
  let parts: Part[] = Array.from(chunks(file), ({ type, start, end }) => ({
    type,
    data: file.slice(start, end),
  }));
  const isOfFrames = (type: number) => type === fcTL || type === fdAT;
  switch (below(random, 4)) {
    case 0: // How frames lie and are shown.
      for (const { type, data } of parts) {
        if (type === fcTL && random() < 0.5) {
          data[4 + below(random, 22)] = below(random, random() < 0.8 ? 4 : 256);
        }
      }
      break;
    case 1: // What chunks say.
      for (const part of parts) {
        if (random() < 0.2) part.data = mutateBytes(part.data, random);
      }
      break;
    case 2: // Their order and number.
      for (let n = below(random, 3); n >= 0; n--) {
        const at = 1 + below(random, parts.length - 2);
        const other = pick(random, parts);
        parts.splice(at, below(random, 2), {
          ...other,
          data: other.data.slice(),
        });
      }
      break;
    default: // Rows, of frames that are in one chunk each.
      parts = inOneChunk(parts).map(({ type, data }) => {
        if (type !== fdAT || random() < 0.5) return { type, data };
        const rows = Uint8Array.from(inflateSync(data.subarray(4)));
        const damaged = deflateSync(mutateBytes(rows, random));
        return { type, data: joined(data.subarray(0, 4), damaged) };
      });
  }
  let number = 0;
  const frames = parts.filter(({ type }) => type === fcTL).length;
  const isMended = random() < 0.8;
  return joined(
    file.subarray(0, 8),
    ...parts.map(({ type, data }) => {
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      if (isMended && isOfFrames(type) && data.length >= 4) {
        view.setUint32(0, number++);
      }
      if (isMended && type === acTL && data.length >= 4) {
        view.setUint32(0, frames);
      }
      return chunk(chunkName(type), data);
    }),
  );
}

interface Part {
  readonly type: number;
  data: Uint8Array;
}

/** Merges the data of each frame into one chunk. */
function inOneChunk(parts: readonly Part[]): Part[] {
  const together: Part[] = [];
  for (const { type, data } of parts) {
    const last = together.at(-1);
    if (type === CHUNKS.fdAT && last?.type === type) {
      last.data = joined(last.data, data.subarray(4));
    } else together.push({ type, data });
  }
  return together;
}

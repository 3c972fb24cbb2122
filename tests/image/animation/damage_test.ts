import assert from "node:assert/strict";
import { chunk } from "../../../src/image/encode_png.ts";
import { decodeImage } from "../../../src/image/mod.ts";
import { CHUNKS, chunks } from "../../../src/image/png/chunks.ts";
import { preprocessFrames } from "../../../src/image/preprocess_frames.ts";
import { joined } from "../../joined.ts";
import { blankWebp } from "../webp/blank_webp.ts";
import { animation } from "./fixtures.ts";

async function frames(bytes: Uint8Array): Promise<number> {
  const options = { crop: { kind: "squash" }, resize: "antialiased" } as const;
  const all = preprocessFrames(bytes, Infinity, 9, options, {});
  return (await Array.fromAsync(all)).length;
}

async function assertDamaged(bytes: Uint8Array, message: RegExp) {
  await assert.rejects(frames(bytes), { name: "CorruptImageError", message });
}

type Part = readonly [type: number, data: Uint8Array];

/** A PNG with changed chunks, whose checksums are right. */
function changedPng(change: (parts: Part[]) => readonly Part[]): Uint8Array {
  const bytes = animation("parts.png");
  const parts = Array.from(
    chunks(bytes),
    ({ type, start, end }): Part => [type, bytes.slice(start, end)],
  );
  const name = (type: number) =>
    String.fromCharCode(...[24, 16, 8, 0].map((it) => type >>> it & 255));
  return joined(
    bytes.subarray(0, 8),
    ...change(parts).map(([type, data]) => chunk(name(type), data)),
  );
}

/** The same PNG with a changed byte in the `index`th chunk of a type. */
function changedByte(type: number, index: number, at: number, value: number) {
  return changedPng((parts) => {
    const [, data] = parts.filter((it) => it[0] === type)[index]!;
    data[at] = value;
    return parts;
  });
}

/** The same PNG without the `index`th chunk of a type. */
function withoutChunk(type: number, index: number) {
  return changedPng((parts) => {
    const dropped = parts.filter((it) => it[0] === type)[index];
    return parts.filter((it) => it !== dropped);
  });
}

Deno.test("frames of a PNG whose chunks contradict each other are refused, its default image isn't", async () => {
  assert.equal(await frames(changedPng((parts) => parts)), 7);
  const { acTL, fcTL, fdAT } = CHUNKS;
  const cases = [
    ["promises 6 frames and has 7", changedByte(acTL, 0, 3, 6)],
    ["promises 263 frames", changedByte(acTL, 0, 2, 1)],
    ["aren't in order", changedByte(fcTL, 2, 3, 99)],
    ["aren't in order", changedByte(fdAT, 2, 3, 99)],
    ["aren't in order", withoutChunk(fdAT, 3)],
    ["aren't in order", withoutChunk(fcTL, 3)],
    ["empty, or lies beyond", changedByte(fcTL, 2, 7, 0)],
    ["empty, or lies beyond", changedByte(fcTL, 2, 7, 30)],
    ["empty, or lies beyond", changedByte(fcTL, 2, 12, 255)],
    ["empty, or lies beyond", changedByte(fcTL, 2, 19, 20)],
    ["in an unknown way", changedByte(fcTL, 2, 24, 3)],
    ["in an unknown way", changedByte(fcTL, 2, 25, 2)],
    ["isn't as large as its canvas", changedByte(fcTL, 0, 7, 31)],
    ["isn't compressed", changedByte(fdAT, 0, 5, 0)],
  ] as const;
  for (const [why, bytes] of cases) {
    await assertDamaged(bytes, new RegExp(why));
    assert.equal((await decodeImage(bytes)).width, 32);
  }
});

Deno.test("frames of a PNG that has wrong chunks, or none, are refused", async () => {
  const { acTL, fcTL, fdAT } = CHUNKS;
  const cases = [
    [
      "has a wrong chunk",
      (it: Part): Part => it[0] === acTL ? [acTL, it[1].subarray(1)] : it,
    ],
    [
      "has a wrong chunk",
      (it: Part): Part => it[0] === fcTL ? [fcTL, joined(it[1], it[1])] : it,
    ],
    [
      "has no number",
      (it: Part): Part => it[0] === fdAT ? [fdAT, it[1].subarray(0, 3)] : it,
    ],
    [
      "ends before its last row",
      (it: Part): Part => it[0] === fdAT ? [fdAT, it[1].subarray(0, 4)] : it,
    ],
    [
      "has no data",
      (it: Part): Part => it[0] === fdAT ? [0x74455874, it[1]] : it,
    ],
  ] as const;
  for (const [why, change] of cases) {
    const bytes = changedPng((parts) => parts.map(change));
    await assertDamaged(bytes, new RegExp(why));
  }
});

Deno.test("frames of a PNG of which any bit is another are refused or the same", async () => {
  const bytes = animation("key.png");
  const whole = await frames(bytes);
  for (let bit = 40 * 8; bit < bytes.length * 8; bit += 397) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << bit % 8;
    try {
      // One bit flip turns a chunk's name into that of a harmless one.
      assert.ok(await frames(damaged) <= whole, `bit ${bit}`);
    } catch (error) {
      assert.match((error as Error).name, /^CorruptImageError$/, `bit ${bit}`);
    }
  }
});

/** The WebP with a changed byte, `at` bytes after the `index`th frame's header. */
function changedWebp(index: number, at: number, value: number): Uint8Array {
  const bytes = animation("parts.webp");
  let start = 0;
  for (let i = 0; i <= index; i++) {
    start = 8 + new TextDecoder("latin1").decode(bytes).indexOf("ANMF", start);
  }
  bytes[start + at] = value;
  return bytes;
}

Deno.test("frames of a WebP that contradict its canvas or themselves are refused", async () => {
  assert.equal(await frames(changedWebp(0, 12, 5)), 7);
  const cases = [
    ["lies beyond its canvas", changedWebp(2, 0, 12)],
    ["lies beyond its canvas", changedWebp(2, 11, 1)],
    ["its data 22x16", changedWebp(2, 6, 20)],
    ["its data is damaged", changedWebp(2, 24, 0)],
    ["a frame has no pixels", changedWebp(2, 16, 65)],
    // A frame as long as its parent, without more data.
    ["a frame is cut off", changedWebp(6, -4, 9)],
  ] as const;
  for (const [why, bytes] of cases) {
    await assertDamaged(bytes, new RegExp(why));
  }
});

Deno.test("a WebP of frames without any is refused", async () => {
  const bytes = animation("parts.webp");
  for (let at = 12; at < bytes.length; at++) {
    if (bytes[at] === 0x41 && bytes[at + 3] === 0x46) bytes[at] = 0x42;
  }
  await assert.rejects(decodeImage(bytes), /it has no frame/);
});

Deno.test("animations that are cut in a frame are refused when it is asked for", async () => {
  for (const file of ["disposals.gif", "parts.png", "parts.webp"]) {
    const bytes = animation(file);
    const whole = await frames(bytes);
    for (let length = 100; length < bytes.length; length += 29) {
      const cut = bytes.subarray(0, length);
      const outcome = await frames(cut).catch(({ name }) => name);
      // A GIF may lack its end, and so everything after a frame.
      const isFine = outcome === "CorruptImageError" ||
        file.endsWith(".gif") && outcome <= whole;
      assert.ok(isFine, `${length} bytes of ${file}: ${outcome}`);
    }
  }
});

Deno.test("a WebP's frame of 1.5 megapixels is decoded in a worker", async () => {
  const still = blankWebp(1500, 1000).subarray(12);
  const header = new Uint8Array(24);
  header.set(new TextEncoder().encode("ANMF"));
  const view = new DataView(header.buffer);
  view.setUint32(4, 16 + still.length, true);
  view.setUint32(14, 1499, true);
  view.setUint32(17, 999, true);
  const extended = Uint8Array.fromHex("565038580a00000002000000db0500e70300");
  const chunksOf = [extended, header, still, header, still];
  const bytes = joined(
    new TextEncoder().encode("RIFF\0\0\0\0WEBP"),
    ...chunksOf,
  );
  new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
  const { Worker } = globalThis;
  let started = 0;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      started++;
    }
  };
  try {
    assert.equal(await frames(bytes), 2);
  } finally {
    globalThis.Worker = Worker;
  }
  assert.equal(started, 2);
});

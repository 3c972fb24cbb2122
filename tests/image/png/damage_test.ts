import assert from "node:assert/strict";
import { deflateRawSync, deflateSync } from "node:zlib";
import { CorruptImageError } from "../../../src/errors.ts";
import { decodeImage, preprocess } from "../../../src/image/mod.ts";
import { joinBytes } from "../../../src/io/join_bytes.ts";
import { fixture } from "../fixtures.ts";
import { assertSamePixels } from "../jpeg/fixtures.ts";
import { makePng, type NamedChunk } from "./make_png.ts";
import { chunk } from "../../../src/image/encode_png.ts";

const SMALL = { width: 9, height: 9, color: 2, depth: 8 } as const;

Deno.test("decodeImage() refuses a PNG of which any bit is another", async () => {
  for (const file of ["color.png", "palette.png", "interlaced.png"]) {
    const bytes = fixture(file);
    for (let bit = 0; bit < bytes.length * 8; bit += 13) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << bit % 8;
      await assert.rejects(
        decodeImage(damaged),
        { name: /CorruptImageError|ImageTooLargeError|UnsupportedImageError/ },
        `bit ${bit} of ${file}`,
      );
    }
  }
});

Deno.test("decodeImage() refuses a PNG whose data is wrong though its chunks are right", async () => {
  const random = (i: number) => i * 7919 % 251;
  const samples = Array.from({ length: 9 * 9 * 3 }, (_, i) => random(i));
  const change = (at: number) => (rows: Uint8Array) => {
    const data = deflateSync(rows);
    data[data.length + at]! ^= 1;
    return data;
  };
  const cases:
    readonly (readonly [RegExp, (rows: Uint8Array) => Uint8Array])[] = [
      [/its checksum/, change(-1)],
      [/ends before its last row/, (it) => deflateSync(it).subarray(0, -4)],
      [/ends before its last row/, (it) => deflateSync(it).subarray(0, 90)],
      [/ends before its last row/, (it) => deflateSync(it.subarray(0, -1))],
      [/ends before its last row/, () => Uint8Array.of(0x78)],
      [/isn't compressed/, (it) => deflateRawSync(it)],
      [/isn't compressed/, () => Uint8Array.of(0x78, 0xda, 7, 0, 0, 0)],
      // Stored, with a length that doesn't match its complement.
      [/isn't compressed/, () => Uint8Array.of(0x78, 0xda, 1, 9, 0, 9, 0, 0)],
      // Fixed codes: a match of 3 bytes before the beginning.
      [/isn't compressed/, () => Uint8Array.of(0x78, 0xda, 3, 2, 0, 0, 0)],
      [/filter is 5/, (it) => deflateSync(it.with(28, 5))],
    ];
  for (const [message, deflate] of cases) {
    const bytes = makePng({ ...SMALL, samples, deflate });
    await assert.rejects(decodeImage(bytes), {
      name: "CorruptImageError",
      message,
    });
  }
});

Deno.test("decodeImage() refuses Huffman codes that are none", async () => {
  const block = (write: (put: (value: number, bits: number) => void) => void) =>
    makePng({
      ...SMALL,
      deflate() {
        const bytes = [0x78, 0xda];
        let at = 0;
        const put = (value: number, bits: number) => {
          for (let i = 0; i < bits; i++, at++) {
            bytes[2 + (at >> 3)] ??= 0;
            bytes[2 + (at >> 3)]! |= (value >> i & 1) << at % 8;
          }
        };
        put(5, 3); // The last block, with dynamic codes.
        write(put);
        put(0, 64);
        return Uint8Array.from(bytes);
      },
    });
  const cases = [
    block((put) => put(0x3fff, 14)), // 288 literals, 32 distances.
    block((put) => {
      put(0, 10);
      put(15, 4);
      for (let i = 0; i < 19; i++) put(1, 3); // Over-subscribed.
    }),
    block((put) => {
      put(0, 10);
      put(15, 4);
      for (let i = 0; i < 19; i++) put(0, 3); // No code at all.
    }),
    block((put) => {
      put(0, 10);
      put(0, 4);
      put(1, 3); // 16, a repeat with nothing before it.
      put(1, 3); // 17
      put(0, 6);
      put(0, 1);
    }),
  ];
  for (const bytes of cases) {
    await assert.rejects(decodeImage(bytes), { message: /isn't compressed/ });
  }
});

const TEXT = new TextEncoder();

/** Ancillary chunks that don't affect pixels, all of them invalid. */
const FAULTY: readonly (readonly [what: string, chunks: NamedChunk[]])[] = [
  ["an iCCP that isn't compressed", [["iCCP", TEXT.encode("x\0\0zzz")]]],
  ["an iCCP without a name", [["iCCP", [0, 0]]]],
  ["two iCCPs", [["iCCP", deflateSync("a")], ["iCCP", deflateSync("b")]]],
  ["a tEXt without its 0", [["tEXt", TEXT.encode("Comment")]]],
  ["an iTXt that is cut short", [["iTXt", TEXT.encode("x\0")]]],
  ["an iTXt that isn't UTF-8", [["iTXt", [120, 0, 0, 0, 0, 0, 0xff, 0xfe]]]],
  ["a zTXt that isn't compressed", [["zTXt", TEXT.encode("x\0\0zzz")]]],
  ["a pHYs of unit 9", [["pHYs", [0, 0, 0, 1, 0, 0, 0, 1, 9]]]],
  ["an sRGB of intent 9", [["sRGB", [9]]]],
  ["an empty gAMA", [["gAMA", []]]],
  ["a tRNS of three bytes", [["tRNS", [0, 0, 0]]]],
  ["an fcTL without an acTL", [["fcTL", new Array(26).fill(255)]]],
  ["a chunk that nobody knows", [["abCd", [1, 2, 3]]]],
];

for (const [what, before] of FAULTY) {
  Deno.test(`decodeImage() passes over ${what}`, async () => {
    const sound = await decodeImage(makePng(SMALL));
    assertSamePixels(await decodeImage(makePng({ ...SMALL, before })), sound);
  });
}

Deno.test("decodeImage() passes over a tRNS of a PNG that has alpha", async () => {
  const png = { ...SMALL, color: 6 } as const;
  const before: NamedChunk[] = [["tRNS", [0, 0, 0, 0, 0, 0]]];
  assertSamePixels(
    await decodeImage(makePng({ ...png, before })),
    await decodeImage(makePng(png)),
  );
});

Deno.test("decodeImage() passes over text that doesn't fit its checksum, and nothing else", async () => {
  const withChunk = (name: string, data: number[]) => {
    const bytes = makePng({ ...SMALL, before: [[name, data]] });
    bytes[8 + 25 + 8 + data.length]! ^= 1;
    return bytes;
  };
  await decodeImage(withChunk("tEXt", [120, 0, 120]));
  // The damage may have changed the name of a tRNS, for example.
  for (const name of ["tRNS", "uRNS", "eXIf"]) {
    await assert.rejects(
      decodeImage(withChunk(name, [0, 1, 0, 1, 0, 1])),
      new CorruptImageError(
        `Cannot decode the PNG as it is damaged: its chunk "${name}" doesn't fit its checksum`,
        "png",
      ),
    );
  }
});

Deno.test("decodeImage() refuses a PNG whose chunks contradict one another", async () => {
  const palette = new Array(6).fill(1);
  const bytes = makePng(SMALL);
  const header = bytes.subarray(8, 33);
  const data = bytes.subarray(33, -12);
  const cases: readonly (readonly [RegExp, Uint8Array])[] = [
    [/no palette/, makePng({ ...SMALL, color: 3 })],
    [
      /two palettes/,
      makePng({
        ...SMALL,
        before: [["PLTE", palette], ["PLTE", palette]],
      }),
    ],
    [
      /two headers/,
      joinBytes([bytes.subarray(0, 33), header, data, chunk("IEND", [])]),
    ],
    [/no data/, joinBytes([bytes.subarray(0, 33), chunk("IEND", [])])],
    [
      /"ABCD" is of an unknown kind/,
      makePng({
        ...SMALL,
        before: [["ABCD", [1]]],
      }),
    ],
    [/3 bits of colour type 0/, makePng({ ...SMALL, color: 0, depth: 3 })],
    [/16 bits of colour type 3/, makePng({ ...SMALL, color: 3, depth: 16 })],
  ];
  for (const [message, bytes] of cases) {
    await assert.rejects(decodeImage(bytes), {
      name: "CorruptImageError",
      message,
    });
  }
});

Deno.test("decodeImage() ignores what follows the data, as libpng does", async () => {
  const sound = await decodeImage(makePng(SMALL));
  const more = new Uint8Array(100_000);
  for (
    const deflate of [
      (rows: Uint8Array) => joinBytes([deflateSync(rows), more]),
      (rows: Uint8Array) => deflateSync(joinBytes([rows, more])),
      (rows: Uint8Array) => deflateSync(joinBytes([rows, Uint8Array.of(7)])),
    ]
  ) {
    for (const split of [Infinity, 50]) {
      const bytes = makePng({ ...SMALL, deflate, split });
      assertSamePixels(await decodeImage(bytes), sound);
      bytes[bytes.length - 14]! ^= 1; // The last checksum.
      await assert.rejects(decodeImage(bytes), /its checksum/);
    }
  }
});

Deno.test("decodeImage() takes data in any number of chunks, empty ones too", async () => {
  const samples = Array.from({ length: 40 * 40 * 3 }, (_, i) => i * i % 256);
  const parts = { ...SMALL, width: 40, height: 40, samples };
  const whole = await decodeImage(makePng(parts));
  for (const split of [1, 2, 100]) {
    assertSamePixels(await decodeImage(makePng({ ...parts, split })), whole);
  }
  const empty = new Array<NamedChunk>(1000).fill(["IDAT", []]);
  const bytes = makePng({ ...parts, before: empty, after: empty });
  assertSamePixels(await decodeImage(bytes), whole);
});

Deno.test("preprocess() refuses damage below the part that is kept", async () => {
  const bytes = makePng({ ...SMALL, height: 400, color: 0 });
  bytes[bytes.length - 14]! ^= 1;
  for (const resize of ["antialiased", "half-pixel"] as const) {
    await assert.rejects(
      preprocess(bytes, 4, { crop: { kind: "center", fraction: 0.5 }, resize }),
      CorruptImageError,
    );
  }
});

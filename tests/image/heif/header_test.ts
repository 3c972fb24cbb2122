import assert from "node:assert/strict";
import { FORMATS } from "../../../src/image/formats.ts";
import { readImageHeader } from "../../../src/image/mod.ts";
import { decodeImage } from "../../../src/image/mod.ts";
import { joined } from "../../joined.ts";
import { fixture } from "../fixtures.ts";
import { HEIF_CASES } from "./fixtures.ts";
import {
  box,
  dataOf,
  type MadeItem,
  makeHeif,
  u32,
  withData,
} from "./make_heif.ts";

const AVIF = { type: "av01", size: [40, 30] } as const;
const HEIC = { type: "hvc1", size: [40, 30] } as const;
const irot = (turns: number) => box("irot", [[turns]]);
const imir = (axis: number) => box("imir", [[axis]]);
const clap = (...numbers: number[]) => box("clap", numbers.map(u32));

Deno.test("readImageHeader() reads the size and orientation of AVIF and HEIC", () => {
  for (const { file, width, height } of HEIF_CASES) {
    const header = readImageHeader(fixture(file));
    assert.equal(header.format, file.endsWith(".avif") ? "avif" : "heic");
    const { orientation } = header;
    const stored = [header.width, header.height];
    if (orientation > 4) stored.reverse();
    assert.deepEqual(stored, [width, height], file);
  }
});

Deno.test("readImageHeader() tells AVIF and HEIC by what codes the image", () => {
  for (const brand of ["heic", "avif", "mif1"]) {
    assert.equal(readImageHeader(makeHeif([AVIF], brand)).format, "avif");
    assert.equal(readImageHeader(makeHeif([HEIC], brand)).format, "heic");
  }
});

Deno.test("readImageHeader() takes turns and mirrors of HEIF in their order", () => {
  const cases = [
    [[], 1],
    [[irot(1)], 8],
    [[irot(2)], 3],
    [[irot(3)], 6],
    [[imir(0)], 4],
    [[imir(1)], 2],
    [[irot(1), imir(0)], 5],
    [[imir(0), irot(1)], 7],
    [[irot(1), imir(1)], 7],
    [[irot(3), imir(0)], 7],
    [[irot(0xfd)], 8], // Reserved bits.
  ] as const;
  for (const [properties, orientation] of cases) {
    const bytes = makeHeif([{ ...AVIF, properties }]);
    const header = readImageHeader(bytes);
    assert.equal(header.orientation, orientation);
    assert.deepEqual([header.width, header.height], [40, 30]);
  }
});

Deno.test("readImageHeader() gives the size of what HEIF crops to", () => {
  // 39 of 40 pixels, with the centre half a pixel to the left.
  const properties = [clap(39, 1, 58, 2, -1, 2, 1, 2), irot(1)];
  const { width, height } = readImageHeader(
    makeHeif([{ ...AVIF, properties }]),
  );
  assert.deepEqual([width, height], [39, 29]);
});

Deno.test("the memory of HEIF is counted by its bits", () => {
  const bits = (count: number) => box("pixi", [[3, count, count, count]], 0);
  for (
    const [item, eight, ten, fixed] of [
      [AVIF, 24, 28, 16 * 2 ** 20],
      [HEIC, 8, 12, 0],
    ] as const
  ) {
    for (
      const [properties, perPixel] of [
        [[], eight],
        [[bits(8)], eight],
        [[bits(10)], ten],
      ] as const
    ) {
      const header = readImageHeader(makeHeif([{ ...item, properties }]));
      const { memoryBytes } = FORMATS[header.format];
      assert.equal(memoryBytes(header, 0), fixed + 40 * 30 * perPixel);
    }
  }
});

Deno.test("readImageHeader() takes the size of a grid, not of its tiles", () => {
  const grid = {
    type: "grid",
    size: [1000, 600],
    tiles: [2, 3, 4, 5],
  } as const;
  const tile = { type: "av01", size: [512, 512] } as const;
  const bytes = makeHeif([grid, tile, tile, tile, tile]);
  const { format, width, height } = readImageHeader(bytes);
  assert.deepEqual([format, width, height], ["avif", 1000, 600]);
});

const GRID: MadeItem = { type: "grid", size: [64, 64], tiles: [2] };
const DAMAGED: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  "has no size": [makeHeif([{ type: "av01" }]), /item 1 has no size/],
  "has a size of 0": [makeHeif([{ ...AVIF, size: [0, 30] }]), /0x30 pixels/],
  "has no tiles": [makeHeif([{ ...GRID, tiles: [] }]), /no tiles/],
  "has a tile that isn't there": [makeHeif([{ ...GRID, tiles: [7] }]), /none/],
  "has far more tiles than it shows": [
    makeHeif([
      { ...GRID, tiles: new Array(60_000).fill(2) },
      { type: "av01", size: [8000, 8000] },
    ]),
    /its tiles have 3840000000000 pixels together, too many for an image of 64x64/,
  ],
  "is cropped outside of itself": [
    makeHeif([{ ...AVIF, properties: [clap(40, 1, 30, 1, 1, 1, 0, 1)] }]),
    /crop isn't inside/,
  ],
  "is cropped by a fraction of 0": [
    makeHeif([{ ...AVIF, properties: [clap(40, 0, 30, 1, 0, 1, 0, 1)] }]),
    /crop isn't inside/,
  ],
  "shows a pixel of many": [
    makeHeif([{
      type: "av01",
      size: [20_000, 20_000],
      properties: [clap(2, 1, 2, 1, 0, 1, 0, 1)],
    }]),
    /shows 2x2 pixels of 20000x20000 only/,
  ],
  "has a turn of no bytes": [
    makeHeif([{ ...AVIF, properties: [box("irot", [])] }]),
    /cut short/,
  ],
  "has no items": [makeHeif([]), /no item 1/],
};

for (const [name, [bytes, message]] of Object.entries(DAMAGED)) {
  Deno.test(`readImageHeader() refuses HEIF that ${name}`, () => {
    assert.throws(
      () => readImageHeader(bytes),
      ({ name, message: text }: Error) =>
        /^(CorruptImage|UnsupportedImage)Error$/.test(name) &&
        message.test(text),
    );
  });
}

Deno.test("readImageHeader() names what it doesn't decode in HEIF", () => {
  for (
    const [type, items] of [
      ["avc1", [{ type: "avc1", size: [4, 4] }]],
      ["grid of jpeg", [GRID, { type: "jpeg", size: [64, 64] }]],
      ["grid of avif and heic", [{ ...GRID, tiles: [2, 3] }, AVIF, HEIC]],
    ] as const
  ) {
    assert.throws(() => readImageHeader(makeHeif(items)), {
      name: "UnsupportedImageError",
      format: "HEIF",
      message:
        `Cannot decode HEIF whose image is of the type "${type}": convert it to JPEG or PNG first`,
    });
  }
});

Deno.test("readImageHeader() counts the frames of a sequence, as far as it can", () => {
  const frames = (count: number, handler = "pict") => {
    const type = [...handler].map((it) => it.charCodeAt(0));
    const sizes = box("stsz", [u32(0), u32(count)], 0);
    return box("moov", [
      box("trak", [
        box("mdia", [
          box("hdlr", [u32(0), type], 0),
          box("minf", [box("stbl", [sizes])]),
        ]),
      ]),
    ]);
  };
  const still = makeHeif([AVIF]);
  const broken = frames(7);
  broken.set(u32(9), 16); // The size of "mdia", whose boxes are then lost.
  const cases = [
    [7, frames(7)],
    [7, frames(7, "vide")],
    [undefined, frames(1)],
    [undefined, frames(7, "auxv")],
    [undefined, broken],
    [undefined, box("moov", [])],
    [undefined, new Uint8Array()],
  ] as const;
  for (const [count, movie] of cases) {
    const header = readImageHeader(joined(still, movie));
    assert.equal(header.frames, count);
    assert.deepEqual([header.width, header.height], [40, 30]);
  }
  const start = still.subarray(0, 24); // The box "ftyp".
  assert.throws(() => readImageHeader(joined(start, frames(7))), {
    name: "UnsupportedImageError",
    format: "HEIF",
    message:
      "Cannot decode an image sequence without a still image: save one of its frames as JPEG or PNG first",
  });
});

Deno.test("readImageHeader() isn't kept long by tables of HEIF that lie", () => {
  const bytes = fixture("heif/grid.avif");
  const at = new TextDecoder("latin1").decode(bytes).indexOf("ipma");
  const forged = bytes.slice();
  forged.set(u32(0xffff_ffff), at + 8); // The number of entries.
  assert.throws(() => readImageHeader(forged), { name: "CorruptImageError" });
  const start = makeHeif([AVIF]).subarray(0, 24); // The box "ftyp".
  const empty = new Uint8Array(8_000_000);
  for (let i = 0; i < empty.length; i += 8) empty.set(u32(8), i);
  empty.set(start);
  assert.throws(() => readImageHeader(empty), {
    message: /more than 1000 boxes/,
  });
});

for (const file of ["heif/420_8_full.avif", "heif/420.heic"]) {
  Deno.test(`decodeImage() refuses thousands of pictures in one image of ${file}`, async () => {
    const bytes = fixture(file);
    const data = dataOf(bytes);
    const expected = await decodeImage(bytes);
    assert.deepEqual(await decodeImage(withData(bytes, data)), expected);
    const many = joined(...new Array(2000).fill(data));
    await assert.rejects(decodeImage(withData(bytes, many)), {
      name: "CorruptImageError",
      message: /item 1 has more than 8 pictures$/,
    });
  });
}

Deno.test("decodeImage() refuses an AVIF of a million empty units", async () => {
  const padding = new Uint8Array(2_000_002); // Each with a size of 0.
  for (let i = 0; i < padding.length; i += 2) padding[i] = 15 << 3 | 2;
  const bytes = withData(fixture("heif/420_8_full.avif"), padding);
  await assert.rejects(decodeImage(bytes), {
    name: "CorruptImageError",
    message: /more than 1000000 units/,
  });
});

Deno.test("decodeImage() refuses HEIF cut anywhere", async () => {
  const bytes = fixture("heif/420_8_full.avif");
  for (let length = 16; length < bytes.length; length += 7) {
    await assert.rejects(decodeImage(bytes.subarray(0, length)), {
      name: "CorruptImageError",
    }, `cut to ${length} bytes`);
  }
});

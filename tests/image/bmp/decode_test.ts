import assert from "node:assert/strict";
import {
  CorruptImageError,
  ImageTooLargeError,
  UnsupportedImageError,
} from "../../../src/errors.ts";
import {
  decodeImage,
  preprocess,
  readImageHeader,
} from "../../../src/image/mod.ts";
import {
  type DecodeCase,
  decodeFixture,
  fixture,
  fromRgb,
  maxDifference,
} from "../fixtures.ts";

const CASES: readonly DecodeCase[] = JSON.parse(
  new TextDecoder().decode(fixture("bmp/decode.json")),
);

for (const { file, expected, width, height, tolerance, note } of CASES) {
  Deno.test(`decodeImage() equals Pillow on ${file} (${note})`, async () => {
    assert.equal(readImageHeader(fixture(file)).format, "bmp");
    const image = await decodeFixture(file);
    const pillow = fromRgb(fixture(expected), width, height);
    const difference = maxDifference(image, pillow);
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

Deno.test("preprocess() reads a BMP as the PNG of the same pixels", async () => {
  const geometry = {
    crop: { kind: "center", fraction: 0.7 },
    resize: "antialiased",
  } as const;
  const image = await decodeFixture("bmp/color.bmp");
  const expected = await preprocess(image, 9, geometry);
  for (const name of ["color", "top_down", "os2"]) {
    const bytes = fixture(`bmp/${name}.bmp`);
    assert.deepEqual(await preprocess(bytes, 9, geometry), expected);
  }
});

Deno.test("readImageHeader() tells that a compressed BMP begins with its last row", () => {
  assert.equal(readImageHeader(fixture("bmp/rle8.bmp")).orientation, 4);
  assert.equal(readImageHeader(fixture("bmp/color.bmp")).orientation, 1);
});

for (const { file } of CASES.filter(({ file }) => !/rle._skip/.test(file))) {
  Deno.test(`decodeImage() refuses ${file} cut anywhere`, async () => {
    const bytes = fixture(file);
    const padding = bytes.length - (/(unpadded|rle)/.test(file) ? 2 : 3);
    for (let length = 2; length < padding; length += 7) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, length), { allowTruncated: true }),
        CorruptImageError,
        `cut to ${length} bytes`,
      );
    }
  });
}

Deno.test("readImageHeader() doesn't take a text that begins with BM for a BMP", () => {
  const text = new TextEncoder().encode("BMW makes cars, and motorcycles, too");
  assert.throws(() => readImageHeader(text), {
    name: "UnsupportedImageError",
    message: /^Cannot recognise the file/,
  });
});

/** A copy of a fixture with 32-bit numbers at some offsets. */
function changed(
  file: string,
  numbers: Readonly<Record<number, number>>,
): Uint8Array {
  const bytes = fixture(`bmp/${file}`);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of Object.entries(numbers)) {
    view.setInt32(Number(at), value, true);
  }
  return bytes;
}

const WIDTH = 18;
const HEIGHT = 22;
const COMPRESSION = 30;
const COLORS = 46;
const MASKS = 54;

for (
  const [what, numbers, message] of [
    ["no width", { [WIDTH]: 0 }, /says 0x21 pixels/],
    ["no height", { [HEIGHT]: 0 }, /says 29x0 pixels/],
    ["a negative width", { [WIDTH]: -29 }, /says a width of -29/],
    ["more rows than bytes", { [HEIGHT]: 22 }, /truncated/],
    ["pixels beyond its end", { 10: 1 << 30 }, /truncated/],
    ["pixels at 2^32", { 10: -1 }, /truncated/],
    ["0 bits", { 28: 0 }, /says 0 bits a pixel/],
    ["5 bits", { 28: 5 }, /says 5 bits a pixel/],
    ["RLE of 24 bits", { [COMPRESSION]: 1 }, /says 24 bits .* compression 1/],
  ] as const
) {
  Deno.test(`decodeImage() refuses a BMP that has ${what}`, async () => {
    await assert.rejects(
      decodeImage(changed("color.bmp", numbers)),
      (error) =>
        error instanceof CorruptImageError && error.format === "bmp" &&
        message.test(error.message),
    );
  });
}

Deno.test("decodeImage() refuses a BMP whose masks have gaps", async () => {
  await assert.rejects(
    decodeImage(changed("555_masks.bmp", { [MASKS]: 0x7d00 | 0x8000 })),
    /bits of a colour aren't side by side/,
  );
});

for (
  const [code, format] of [
    [4, "BMP that holds a JPEG"],
    [5, "BMP that holds a PNG"],
    [11, "BMP of compression 11"],
    [-1, "BMP of compression 4294967295"],
  ] as const
) {
  Deno.test(`readImageHeader() refuses a ${format} by name`, () => {
    const bytes = changed("color.bmp", { [COMPRESSION]: code });
    assert.throws(
      () => readImageHeader(bytes),
      (error) =>
        error instanceof UnsupportedImageError && error.format === format &&
        error.message ===
          `Cannot decode a ${format}: save it as a BMP of 24 bits or a PNG first`,
    );
  });
}

Deno.test("decodeImage() checks a BMP's size before it takes memory", async () => {
  for (const [width, height] of [[60_000, 60_000], [1, 1 << 31], [70_000, 1]]) {
    const bytes = changed("rle8.bmp", { [WIDTH]: width!, [HEIGHT]: height! });
    await assert.rejects(decodeImage(bytes), ImageTooLargeError);
  }
  const bytes = fixture("bmp/color.bmp");
  await assert.rejects(decodeImage(bytes, { maxPixels: 600 }), {
    name: "ImageTooLargeError",
    message: /a BMP of 29x21 pixels as these are 609/,
  });
});

Deno.test("decodeImage() draws what a BMP's palette doesn't have in black", async () => {
  const bytes = changed("palette_8.bmp", { [COLORS]: 1 });
  const { data } = await decodeImage(bytes);
  const black = [0, 0, 0, 255].join();
  const pixels = new Set<string>();
  for (let i = 0; i < data.length; i += 4) {
    pixels.add(data.subarray(i, i + 4).join());
  }
  assert.ok(pixels.has(black) && pixels.size <= 2, [...pixels].join(" "));
});

Deno.test("decodeImage() stops at the last row of a compressed BMP", async () => {
  const bytes = fixture("bmp/rle8.bmp");
  const more = new Uint8Array([...bytes.subarray(0, -2), ...Array(99).fill(7)]);
  assert.deepEqual(await decodeImage(more), await decodeImage(bytes));
});

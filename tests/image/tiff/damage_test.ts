import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
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
import { decodeFixture, fixture } from "../fixtures.ts";
import { type Fields, makeTiff } from "./make_tiff.ts";

const GREYS = Uint8Array.of(0, 80, 160, 240);

Deno.test("decodeImage() reads a TIFF of nothing but what it must have", async () => {
  const { data, width, height } = await decodeImage(makeTiff({ data: GREYS }));
  assert.deepEqual([width, height], [2, 2]);
  const levels = Array.from({ length: 4 }, (_, i) => data[i * 4]);
  assert.deepEqual(levels, [...GREYS]);
});

for (
  const name of [
    "raw",
    "tiff_lzw",
    "tiff_adobe_deflate",
    "packbits",
    "tiles_zip",
    "planes_lzw",
    "jpeg",
    "big",
    "palette_4",
    "big_endian",
  ]
) {
  Deno.test(`decodeImage() refuses tiff/${name}.tif cut anywhere`, async () => {
    const bytes = fixture(`tiff/${name}.tif`);
    // The file may end in Deflate's checksum or the end of LZW's codes.
    for (let length = 16; length < bytes.length - 6; length += 7) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, length), { allowTruncated: true }),
        CorruptImageError,
        `cut to ${length} bytes`,
      );
    }
  });
}

for (
  const [what, fields, message] of [
    ["no width", { 256: [] }, /no width or no height/],
    ["a width of 0", { 256: [0] }, /says 0x2 pixels/],
    ["0 samples", { 277: [0] }, /says 0 samples/],
    ["2^32 - 1 samples", { 277: [2 ** 32 - 1] }, /says 4294967295 samples/],
    ["RGB of one sample", { 262: [2] }, /says 1 samples a pixel of rgb/],
    ["no palette", { 262: [3] }, /no palette/],
    ["half a palette", { 262: [3], 320: Array(384).fill(0) }, /no palette/],
    ["no strips", { 273: [] }, /fewer parts/],
    ["fewer strips than rows", { 278: [1] }, /fewer parts/],
    ["a strip at 0", { 273: [0] }, /data ends before its last row/],
    ["a strip beyond its end", { 273: [2 ** 32 - 1] }, /data ends/],
    ["an empty strip", { 279: [0] }, /data ends/],
    ["tiles of no width", { 322: [0], 323: [16] }, /tiles have 0x16/],
    ["tiles of no height", { 322: [16], 323: [0] }, /tiles have 16x0/],
    ["tiles without a height", { 322: [16] }, /tiles have 16x0/],
    ["endless tiles", { 322: [2 ** 31], 323: [16], 324: [8] }, /a width of/],
    ["tiles without places", { 322: [16], 323: [16] }, /fewer parts/],
  ] as readonly (readonly [string, Fields, RegExp])[]
) {
  Deno.test(`decodeImage() refuses a TIFF that has ${what}`, async () => {
    const counted: Fields = fields[273] && !fields[279] ? { 279: [4] } : {};
    const placed: Fields = fields[279] ? { 273: [9] } : {};
    const bytes = makeTiff({
      fields: { ...counted, ...placed, ...fields },
      data: GREYS,
    });
    await assert.rejects(
      decodeImage(bytes),
      (error) =>
        error instanceof CorruptImageError && error.format === "tiff" &&
        message.test(error.message),
    );
  });
}

for (
  const [fields, format] of [
    [{ 259: [2] }, "TIFF compressed as fax (CCITT)"],
    [{ 259: [4] }, "TIFF compressed as fax (CCITT)"],
    [{ 259: [6] }, "TIFF compressed as JPEG of the old kind"],
    [{ 259: [50000] }, "TIFF compressed as Zstandard"],
    [{ 259: [9999] }, "TIFF compressed as kind 9999"],
    [{ 258: [12] }, "TIFF of 12 bits a sample"],
    [{ 258: [32] }, "TIFF of 32 bits a sample"],
    [{ 262: [2], 277: [3], 258: [5, 6, 5] }, "TIFF of 5, 6, 5 bits"],
    [{ 258: [16], 339: [3] }, "TIFF of floats or signed numbers"],
    [{ 262: [8], 277: [3] }, "TIFF of CIE L*a*b*"],
    [
      { 262: [6], 277: [3] },
      "TIFF of YCbCr that isn't compressed as JPEG",
    ],
    [{ 262: [5], 277: [4], 332: [2] }, "TIFF of inks other than CMYK"],
    [{ 277: [4] }, "TIFF of 4 bands"],
    [{ 262: [2], 277: [3], 258: [4] }, "TIFF of rgb with 4 bits a sample"],
    [{ 259: [5], 317: [3] }, "TIFF of predictor 3 and 8 bits"],
    [
      { 259: [7], 262: [5], 277: [4] },
      "TIFF of 4 samples compressed as JPEG",
    ],
    [
      { 259: [7], 262: [6], 277: [3], 284: [2] },
      "TIFF of YCbCr in planes",
    ],
  ] as readonly (readonly [Fields, string])[]
) {
  Deno.test(`decodeImage() refuses a ${format} by name`, async () => {
    await assert.rejects(
      decodeImage(makeTiff({ fields, data: GREYS })),
      (error) =>
        error instanceof UnsupportedImageError && error.format === format &&
        error.message ===
          `Cannot decode a ${format}: save it as an ordinary TIFF of 8 bits or a PNG first`,
    );
  });
}

for (
  const [what, bytes] of [
    ["a DNG", makeTiff({ fields: { 50706: [1] }, data: GREYS })],
    ["a sensor's pixels", makeTiff({ fields: { 262: [32803] }, data: GREYS })],
    ["a linear sensor's", makeTiff({ fields: { 262: [34892] }, data: GREYS })],
    [
      "a preview of what lies below",
      makeTiff({ fields: { 254: [1], 330: [8] }, data: GREYS }),
    ],
    [
      "Canon's mark",
      (() => {
        const bytes = new Uint8Array(200);
        bytes.set([0x49, 0x49, 42, 0, 16, 0, 0, 0, 0x43, 0x52, 2, 0]);
        return bytes;
      })(),
    ],
    [
      "Phase One's mark",
      (() => {
        const bytes = new Uint8Array(200);
        bytes.set([0x49, 0x49, 42, 0, 16, 0, 0, 0, 73, 73, 73, 73]);
        bytes.set([0, 0x77, 0x61, 0x52], 12);
        return bytes;
      })(),
    ],
  ] as const
) {
  Deno.test(`readImageHeader() refuses a camera's RAW: ${what}`, () => {
    assert.throws(() => readImageHeader(bytes), {
      name: "UnsupportedImageError",
      format: "RAW photo",
      message:
        "Cannot decode a camera's RAW photo: export it as JPEG or TIFF first",
    });
  });
}

Deno.test("decodeImage() passes over a preview before the first page", async () => {
  const preview = { fields: { 254: [1], 256: [1], 257: [1] }, data: GREYS };
  const page = { fields: { 254: [2] }, data: GREYS };
  const bytes = makeTiff(preview, preview, page, preview);
  assert.equal((await decodeImage(bytes)).width, 2);
  // It is used if there is nothing else.
  assert.equal((await decodeImage(makeTiff(preview))).width, 1);
});

Deno.test("decodeImage() doesn't follow directories in a circle", async () => {
  const bytes = makeTiff({ fields: { 254: [1] }, data: GREYS });
  const view = new DataView(bytes.buffer);
  view.setUint32(10 + view.getUint16(8, true) * 12, 8, true);
  assert.equal((await decodeImage(bytes)).width, 2);
});

Deno.test("readImageHeader() refuses directories of too many fields or beyond the end", () => {
  const bytes = makeTiff({ data: GREYS });
  const view = new DataView(bytes.buffer);
  view.setUint16(8, 65535, true);
  assert.throws(() => readImageHeader(bytes), /its directory has 65535 fields/);
  view.setUint16(8, 4096, true);
  assert.throws(
    () => readImageHeader(bytes),
    /it is truncated: its directory goes on beyond its end$/,
  );
  view.setUint32(4, 2 ** 32 - 1, true);
  assert.throws(() => readImageHeader(bytes), /directory lies beyond its end/);
  const big = Uint8Array.of(
    0x49,
    0x49,
    43,
    0,
    8,
    0,
    0,
    0,
    ...Array(8).fill(255),
  );
  assert.throws(() => readImageHeader(big), /directory lies beyond its end/);
});

Deno.test("decodeImage() checks a TIFF's size before it takes memory", async () => {
  for (const [width, height] of [[60_000, 60_000], [1, 2 ** 32 - 1]]) {
    const fields = { 256: [width!], 257: [height!] };
    await assert.rejects(
      decodeImage(makeTiff({ fields, data: GREYS })),
      ImageTooLargeError,
    );
  }
});

Deno.test("preprocess() limits a TIFF by the row of tiles that it holds", async () => {
  const geometry = { crop: { kind: "squash" }, resize: "antialiased" } as const;
  const options = { maxMemory: 4_000_000 };
  const large = { 256: [3000], 257: [3000] };
  const tiled = makeTiff({
    fields: { ...large, 322: [1504], 323: [1504], 324: [8, 8, 8, 8] },
  });
  await assert.rejects(preprocess(tiled, 5, geometry, options), {
    name: "ImageTooLargeError",
    message: /takes 4524032 bytes of memory .* raise maxMemory$/,
  });
  const deflated = deflateSync(new Uint8Array(9_000_000));
  const strip = makeTiff({
    fields: { ...large, 278: [3000], 259: [8] },
    data: deflated,
  });
  const { data } = await preprocess(strip, 5, geometry, options);
  assert.deepEqual([...data.subarray(0, 4)], [0, 0, 0, 255]);
});

Deno.test("decodeImage() doesn't read bytes that stand for nothing without end", async () => {
  // In PackBits, 128 is a no-op.
  const data = new Uint8Array(100_000).fill(128);
  data.set([3, ...GREYS], 1_000);
  const fields = { 259: [32773] };
  assert.ok(await decodeImage(makeTiff({ fields, data })));
  data.copyWithin(90_000, 1_000, 1_005).fill(128, 0, 80_000);
  await assert.rejects(decodeImage(makeTiff({ fields, data })), /data ends/);
});

Deno.test("decodeImage() reads a JPEG in a TIFF as that JPEG", async () => {
  const jpeg = fixture("color.jpg");
  const fields = {
    256: [45],
    257: [37],
    258: [8, 8, 8],
    259: [7],
    262: [6],
    277: [3],
    278: [37],
  };
  assert.deepEqual(
    await decodeImage(makeTiff({ fields, data: jpeg })),
    await decodeFixture("color.jpg"),
  );
  for (const [tag, value] of [[256, 44], [257, 36], [257, 38]] as const) {
    const wrong = { ...fields, [tag]: [value], 278: [value] };
    await assert.rejects(
      decodeImage(makeTiff({ fields: wrong, data: jpeg })),
      /has a JPEG of 45x37 pixels where one of/,
    );
  }
  await assert.rejects(
    decodeImage(makeTiff({ fields, data: jpeg.subarray(0, -300) })),
    /a JPEG in it is truncated or damaged/,
  );
});

Deno.test("preprocess() reads a TIFF as the image that it is", async () => {
  const geometry = {
    crop: { kind: "center", fraction: 0.7 },
    resize: "antialiased",
  } as const;
  const image = await decodeFixture("tiff/raw.tif");
  const expected = await preprocess(image, 9, geometry);
  for (const name of ["raw", "tiles_lzw", "planes_tiles", "strips_zip"]) {
    const bytes = fixture(`tiff/${name}.tif`);
    assert.deepEqual(await preprocess(bytes, 9, geometry), expected);
  }
});

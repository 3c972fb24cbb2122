import assert from "node:assert/strict";
import { decodeImage, readImageHeader } from "../../src/image/mod.ts";
import { CorruptImageError, UnsupportedImageError } from "../../src/errors.ts";
import { animation } from "./animation/fixtures.ts";
import { fixture } from "./fixtures.ts";
import { makeTiff } from "./tiff/make_tiff.ts";

const FORMATS = new URL("../data/formats/", import.meta.url);

Deno.test("readImageHeader() gives format, stored size and orientation", () => {
  assert.deepEqual(readImageHeader(fixture("orientation_6.jpg")), {
    format: "jpeg",
    width: 23,
    height: 14,
    orientation: 6,
    components: 3,
  });
  assert.deepEqual(readImageHeader(fixture("orientation_6.png")), {
    format: "png",
    width: 29,
    height: 21,
    orientation: 6,
  });
  assert.deepEqual(readImageHeader(fixture("orientation_8.webp")), {
    format: "webp",
    width: 31,
    height: 26,
    orientation: 8,
  });
});

Deno.test("readImageHeader() reads the size of each kind of WebP", () => {
  for (const kind of ["lossy", "lossless", "alpha", "lossless_alpha"]) {
    const { width, height } = readImageHeader(fixture(`${kind}.webp`));
    assert.deepEqual([width, height], [31, 26], kind);
  }
});

Deno.test("readImageHeader() counts a GIF's frames, as far as there are bytes", () => {
  const bytes = animation("disposals.gif");
  assert.deepEqual(readImageHeader(bytes), {
    format: "gif",
    width: 24,
    height: 18,
    orientation: 1,
    frames: 10,
  });
  assert.equal(readImageHeader(bytes.subarray(0, 900)).frames, 7);
  const { frames, interlaced } = readImageHeader(animation("interlaced.gif"));
  assert.deepEqual([frames, interlaced], [undefined, true]);
});

Deno.test("readImageHeader() needs only a JPEG's beginning", () => {
  const bytes = fixture("color.jpg");
  const header = readImageHeader(bytes.subarray(0, bytes.length - 300));
  assert.equal(header.width, 45);
});

Deno.test("readImageHeader() counts a JPEG's components", () => {
  assert.equal(readImageHeader(fixture("grey.jpg")).components, 1);
  assert.equal(readImageHeader(fixture("color.jpg")).components, 3);
  assert.equal(readImageHeader(fixture("ycck.jpg")).components, 4);
});

Deno.test("readImageHeader() skips the thumbnail in an APP segment", () => {
  const bytes = fixture("color.jpg");
  const thumbnail = fixture("grey.jpg");
  const segment = [0xff, 0xe2, ...big16(thumbnail.length + 2), ...thumbnail];
  const header = readImageHeader(insert(bytes, 2, segment));
  assert.deepEqual([header.width, header.components], [45, 3]);
});

Deno.test("readImageHeader() takes fill bytes before a marker", () => {
  const header = readImageHeader(insert(fixture("color.jpg"), 2, [255, 255]));
  assert.equal(header.width, 45);
});

const FOREIGN: readonly (readonly [name: string, start: string])[] = [
  ["RAW photo", "\0\0\0\x18ftypcrx \0\0\0\x01"],
  ["RAW photo", "IIU\0\x08\0\0\0"],
  ["RAW photo", "FUJIFILMCCD-RAW 0201"],
  ["JPEG XL", "\xff\x0a\x10"],
  ["JPEG XL", "\0\0\0\x0cJXL \r\n\x87\n"],
  ["JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
  ["SVG", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ["PDF", "%PDF-1.7\n"],
  ["HTML", "\n<!DOCTYPE html><title>Not found</title>"],
  ["MP4 video", "\0\0\0\x18ftypisom\0\0\0\0"],
  ["WAV audio", "RIFF\x24\0\0\0WAVEfmt "],
  ["PNM", "P6\n2 2\n255\n"],
];

for (const [name, start] of FOREIGN) {
  Deno.test(`readImageHeader() names ${name} (${JSON.stringify(start.slice(0, 8))})`, () => {
    assert.throws(
      () => readImageHeader(latin1(start)),
      (error) =>
        error instanceof UnsupportedImageError && error.format === name &&
        error.message.includes(name),
    );
  });
}

for (
  const [start, way] of [
    ["%PDF-1.7\n", "Cannot decode PDF: save a page of it as JPEG or PNG first"],
    ["8BPS", "Cannot decode Photoshop PSD: convert it to JPEG or PNG first"],
    [
      "\0\0\0\x18ftypisom\0\0\0\0",
      "Cannot decode MP4 video: save one of its frames as JPEG or PNG first",
    ],
    ["PK\x03\x04", "Cannot decode ZIP archive: unpack it first"],
  ] as const
) {
  Deno.test(`readImageHeader() says what to do: ${way}`, () => {
    assert.throws(() => readImageHeader(latin1(start)), { message: way });
  });
}

Deno.test("readImageHeader() admits that it doesn't recognise a file", () => {
  assert.throws(() => readImageHeader(latin1("hello")), {
    name: "UnsupportedImageError",
    format: undefined,
    message: /recognise/,
  });
});

Deno.test("readImageHeader() names the JPEG processes that aren't decoded", () => {
  for (
    const [marker, name] of [
      [0xc3, "lossless JPEG"],
      [0xc9, "arithmetic-coded JPEG"],
      [0xc5, "hierarchical JPEG"],
    ] as const
  ) {
    const bytes = fixture("color.jpg");
    bytes[frameOf(bytes) + 1] = marker;
    assert.throws(() => readImageHeader(bytes), { format: name });
  }
  const deep = fixture("color.jpg");
  deep[frameOf(deep) + 4] = 12;
  assert.throws(() => readImageHeader(deep), { format: "12-bit JPEG" });
});

Deno.test("readImageHeader() calls a size of 0 corrupt", () => {
  const jpeg = fixture("color.jpg");
  jpeg.fill(0, frameOf(jpeg) + 5, frameOf(jpeg) + 7);
  const png = fixture("color.png");
  png.fill(0, 16, 20);
  for (const bytes of [jpeg, png]) {
    assert.throws(() => readImageHeader(bytes), CorruptImageError);
  }
});

/** The number of bytes that distinguish a file from all other formats. */
const TOLD_FROM: Readonly<Record<string, number>> = {
  "color.jpg": 2,
  "color.png": 4,
  "lossy.webp": 12,
  "lossless.webp": 12,
  "animated.webp": 12,
  "animations/disposals.gif": 6,
  "heif/420_8_full.avif": 12,
  "heif/420.heic": 12,
  "bmp/565.bmp": 2,
  "tiff/strips_zip.tif": 8,
};

for (const [file, least] of Object.entries(TOLD_FROM)) {
  Deno.test(`decodeImage() calls the first bytes of ${file} truncated`, async () => {
    const bytes = fixture(file);
    for (let length = 1; length <= 40; length++) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, length)),
        length < least
          ? {
            name: "UnsupportedImageError",
            format: undefined,
            message:
              `Cannot recognise the file as an image as it has only ${length} byte${
                length === 1 ? "" : "s"
              }: it may be cut short`,
          }
          : { name: "CorruptImageError", message: /truncated/ },
        `${length} bytes`,
      );
    }
  });
}

/** The endings of files in `tests/data/formats` that aren't images. */
const NO_IMAGES = /\.(md|json|py)$/;

for (const { name } of Deno.readDirSync(FORMATS)) {
  if (NO_IMAGES.test(name)) continue;
  Deno.test(`decodeImage() calls the beginning of ${name} truncated`, async () => {
    const bytes = Deno.readFileSync(new URL(name, FORMATS));
    for (const length of [10, 20, 50, 100, 200, 270, 355, 600, 2000]) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, length)),
        // WebP, AVIF and HEIC are recognized from 12 bytes.
        length < 12
          ? { message: /truncated|: it may be cut short$/ }
          : { name: "CorruptImageError", message: /truncated/ },
        `${length} bytes`,
      );
    }
  });
}

Deno.test("decodeImage() calls a TIFF that begins with its directory truncated", async () => {
  const bytes = makeTiff({ data: new Uint8Array(4) });
  for (let length = 8; length < bytes.length; length++) {
    await assert.rejects(decodeImage(bytes.subarray(0, length)), {
      name: "CorruptImageError",
      message: /truncated/,
    }, `${length} bytes`);
  }
});

Deno.test("readImageHeader() calls the first bytes of a BigTIFF too few", () => {
  const bytes = latin1("II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0");
  for (let length = 1; length < bytes.length; length++) {
    assert.throws(() => readImageHeader(bytes.subarray(0, length)), {
      message: /as it has only \d+ bytes?: it may be cut short$/,
    });
  }
  assert.throws(() => readImageHeader(bytes), {
    name: "CorruptImageError",
    message: /truncated/,
  });
});

function frameOf(jpeg: Uint8Array): number {
  return jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
}

function insert(
  bytes: Uint8Array,
  at: number,
  part: ArrayLike<number>,
): Uint8Array {
  const out = new Uint8Array(bytes.length + part.length);
  out.set(bytes.subarray(0, at));
  out.set(part, at);
  out.set(bytes.subarray(at), at + part.length);
  return out;
}

function big16(value: number): [number, number] {
  return [value >> 8, value & 255];
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

Deno.test("readImageHeader() refuses more segments and chunks than any encoder writes", () => {
  const count = 100_001;
  const jpeg = fixture("color.jpg");
  const comments = new Uint8Array(4 * count);
  for (let i = 0; i < comments.length; i += 4) {
    comments.set([255, 254, 0, 2], i);
  }
  assert.throws(
    () => readImageHeader(insert(jpeg, 2, comments)),
    /it has more than 100000 segments/,
  );
  const webp = fixture("orientation_8.webp");
  assert.throws(
    () => readImageHeader(insert(webp, 30, new Uint8Array(8 * count))),
    /it has more than 100000 chunks/,
  );
});

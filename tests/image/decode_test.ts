import assert from "node:assert/strict";
import { decodeImage, DEFAULT_MAX_PIXELS } from "../../src/image/mod.ts";
import {
  CorruptImageError,
  ImageTooLargeError,
  UnsupportedImageError,
} from "../../src/errors.ts";
import {
  DECODE_CASES,
  decodeFixture,
  fixture,
  fromRgb,
  maxDifference,
} from "./fixtures.ts";

for (const { file, expected, width, height, tolerance, note } of DECODE_CASES) {
  Deno.test(`decodeImage() equals Pillow on ${file} (${note})`, async () => {
    const image = await decodeFixture(file);
    const pillow = fromRgb(fixture(expected), width, height);
    const difference = maxDifference(image, pillow);
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

Deno.test("decodeImage() flattens alpha over white", async () => {
  const { data } = await decodeFixture("alpha.png");
  // The first row of the gradient is fully transparent.
  assert.deepEqual([...data.subarray(0, 4)], [255, 255, 255, 255]);
});

Deno.test("decodeImage() applies the orientation once", async () => {
  const { width, height } = await decodeFixture("orientation_6.jpg");
  assert.deepEqual([width, height], [14, 23]);
});

Deno.test("decodeImage() says that an empty file is empty", async () => {
  await assert.rejects(decodeImage(new Uint8Array()), {
    name: "UnsupportedImageError",
    format: undefined,
    message: /empty file/,
  });
});

for (const file of ["color.jpg", "cmyk.jpg", "color.png", "lossy.webp"]) {
  Deno.test(`decodeImage() refuses ${file} cut anywhere`, async () => {
    const bytes = fixture(file);
    for (let length = 12; length < bytes.length; length += 7) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, length)),
        CorruptImageError,
        `cut to ${length} bytes`,
      );
    }
    await assert.rejects(decodeImage(bytes.subarray(0, -1)), /truncated/);
  });
}

Deno.test("decodeImage() keeps what there is of a JPEG that is cut short, if asked", async () => {
  const bytes = fixture("color.jpg");
  const cut = bytes.subarray(0, bytes.length - 300);
  const image = await decodeImage(cut, { allowTruncated: true });
  const whole = await decodeImage(bytes);
  assert.deepEqual([image.width, image.height], [45, 37]);
  assert.deepEqual(image.data.subarray(0, 400), whole.data.subarray(0, 400));
  assert.notDeepEqual(image, whole);
  const png = fixture("color.png").subarray(0, -1);
  await assert.rejects(decodeImage(png, { allowTruncated: true }), /truncated/);
});

Deno.test("decodeImage() tolerates bytes after the end of a JPEG", async () => {
  const bytes = fixture("color.jpg");
  const longer = new Uint8Array(bytes.length + 1000).fill(0xff);
  longer.set(bytes);
  const image = await decodeImage(longer);
  assert.equal(maxDifference(image, await decodeFixture("color.jpg")), 0);
});

Deno.test("decodeImage() shows a JPEG that is damaged in its pixels", async () => {
  const bytes = fixture("color.jpg");
  bytes.fill(0x55, bytes.length - 200, bytes.length - 150);
  const image = await decodeImage(bytes);
  assert.equal(image.width, 45);
});

Deno.test("decodeImage() refuses too many pixels by the header alone", async () => {
  const bytes = fixture("color.jpg");
  const frame = bytes.findIndex((b, i) => b === 0xff && bytes[i + 1] === 0xc0);
  new DataView(bytes.buffer).setUint32(frame + 5, 0x4e20_4e20); // 20000x20000
  await assert.rejects(decodeImage(bytes), {
    name: "ImageTooLargeError",
    message:
      /20000x20000 pixels as these are 400000000 and the limit is 250000000: .* raise maxPixels$/,
  });
  assert.equal(DEFAULT_MAX_PIXELS, 250_000_000);
});

Deno.test("decodeImage() decodes exactly maxPixels and not one more", async () => {
  const bytes = fixture("color.png");
  await decodeImage(bytes, { maxPixels: 29 * 21 });
  await assert.rejects(
    decodeImage(bytes, { maxPixels: 29 * 21 - 1 }),
    ImageTooLargeError,
  );
});

Deno.test("decodeImage() refuses a side of more than 65535 pixels by the header alone", async () => {
  const bytes = fixture("bilevel.png");
  const view = new DataView(bytes.buffer);
  for (const [width, height] of [[1, 65_536], [50_000_000, 1]] as const) {
    view.setUint32(16, width);
    view.setUint32(20, height);
    await assert.rejects(decodeImage(bytes), {
      name: "ImageTooLargeError",
      message:
        `Cannot decode a PNG of ${width}x${height} pixels as a side may have at most 65535: shrink the image`,
    });
  }
});

Deno.test("decodeImage() refuses limits that aren't positive", async () => {
  for (const limit of [0, -1, NaN]) {
    for (const name of ["maxPixels", "maxMemory"]) {
      await assert.rejects(
        decodeImage(fixture("color.png"), { [name]: limit }),
        { name: "ArgumentError" },
      );
    }
  }
});

Deno.test("decodeImage() refuses four components without an Adobe marker", async () => {
  const bytes = fixture("cmyk.jpg");
  const adobe = new TextDecoder("latin1").decode(bytes).indexOf("Adobe");
  bytes[adobe] = 0x61;
  await assert.rejects(decodeImage(bytes), UnsupportedImageError);
});

Deno.test("decodeImage() leaves the bytes as they were", async () => {
  for (const file of ["orientation_6.jpg", "alpha.png", "alpha.webp"]) {
    const bytes = fixture(file);
    await decodeImage(bytes);
    assert.deepEqual(bytes, fixture(file));
  }
});

Deno.test("decodeImage() decodes bytes that are a view into a larger buffer", async () => {
  const bytes = fixture("color.jpg");
  const buffer = new Uint8Array(bytes.length + 31).fill(7);
  buffer.set(bytes, 13);
  const image = await decodeImage(buffer.subarray(13, 13 + bytes.length));
  assert.equal(maxDifference(image, await decodeFixture("color.jpg")), 0);
});

Deno.test("decodeImage() decodes concurrently, beside failures", async () => {
  const files = DECODE_CASES.map(({ file }) => file);
  const alone = new Map<string, string>();
  for (const file of files) {
    alone.set(file, String((await decodeFixture(file)).data));
  }
  const broken = ["color.jpg", "color.png", "lossless.webp"].map((file) => {
    const bytes = fixture(file);
    bytes.fill(0xa7, 50, bytes.length - 20);
    return bytes;
  });
  await Promise.all(files.flatMap((file, i) => [
    assert.rejects(decodeImage(broken[i % 3]!), CorruptImageError),
    decodeFixture(file).then(({ data }) =>
      assert.equal(String(data), alone.get(file), file)
    ),
  ]));
});

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { CorruptImageError } from "../../../src/errors.ts";
import { decodeImage } from "../../../src/image/mod.ts";
import { joined } from "../../joined.ts";
import { fixture } from "../fixtures.ts";
import { type Fields, makeTiff } from "./make_tiff.ts";

const GREYS = Uint8Array.of(0, 80, 160, 240);

const CHECKSUM = /it is damaged: its data doesn't fit its checksum$/;

/** Truncating a short stream also loses rows. */
const ENDS =
  /its data doesn't fit its checksum$|data ends before its last row$/;

/** The fields of 2 x 4 pixels in strips of 3 rows; the last strip has 1. */
const STRIPS: Fields = { 257: [4], 259: [8], 278: [3] };

/** A TIFF of two strips, deflated. */
function deflatedStrips(first: Uint8Array, last: Uint8Array): Uint8Array {
  const sizes = [first.length, last.length];
  const size = makeTiff({ fields: { ...STRIPS, 273: [1, 1], 279: sizes } })
    .length;
  const places = { 273: [size, size + first.length], 279: sizes };
  const data = joined(first, last);
  return makeTiff({ fields: { ...STRIPS, ...places }, data });
}

Deno.test("decodeImage() finds a wrong or missing checksum in any strip of Deflate", async () => {
  const strip = (levels: readonly number[]) =>
    new Uint8Array(deflateSync(Uint8Array.from(levels)));
  const [upper, lower] = [strip([1, 2, 3, 4, 5, 6]), strip([7, 8])];
  const { data } = await decodeImage(deflatedStrips(upper, lower));
  assert.deepEqual(
    Array.from({ length: 8 }, (_, i) => data[i * 4]),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  const changed = (data: Uint8Array) =>
    data.with(data.length - 1, data.at(-1)! ^ 1);
  for (
    const [one, other, message] of [
      [changed(upper), lower, CHECKSUM],
      [upper, changed(lower), CHECKSUM],
      [upper.subarray(0, -4), lower, ENDS],
      [upper, lower.subarray(0, -4), ENDS],
      [upper, lower.subarray(0, -1), ENDS],
    ] as const
  ) {
    await assert.rejects(decodeImage(deflatedStrips(one, other)), {
      name: "CorruptImageError",
      message,
    });
  }
});

Deno.test("decodeImage() reads Deflate on beyond the last row, and checks its checksum", async () => {
  const fields = { 259: [8] };
  for (const count of [1, 100, 4092, 4093, 70_000, 1_000_000]) {
    const more = new Uint8Array(count);
    // Both compressible and incompressible data.
    for (let i = 0; i < Math.min(count, 10_000); i++) more[i] = i * 7919 >> 3;
    const data = new Uint8Array(deflateSync(joined(GREYS, more)));
    const image = await decodeImage(makeTiff({ fields, data }));
    assert.deepEqual([image.data[0], image.data[12]], [0, 240]);
    const wrong = data.with(data.length - 1, data.at(-1)! ^ 1);
    for (
      const [bytes, message] of [
        [wrong, CHECKSUM],
        [data.subarray(0, -4), count < 100_000 ? ENDS : CHECKSUM],
      ] as const
    ) {
      await assert.rejects(
        decodeImage(makeTiff({ fields, data: bytes })),
        { name: "CorruptImageError", message },
        `${count} bytes more`,
      );
    }
  }
});

Deno.test("decodeImage() doesn't inflate without end what follows the last row", async () => {
  const fields = { 257: [16_384], 259: [8], 278: [16_384] };
  const inflated = (bytes: number) =>
    makeTiff({ fields, data: deflateSync(new Uint8Array(bytes)) });
  assert.ok(await decodeImage(inflated(16 << 20)));
  await assert.rejects(decodeImage(inflated(17 << 20)), {
    name: "CorruptImageError",
    message: /it is damaged: its data goes on far beyond its last row$/,
  });
});

Deno.test("decodeImage() finds any changed bit in a TIFF's Deflate", async () => {
  for (const name of ["strips_zip", "tiff_deflate", "tiles_zip"]) {
    const bytes = fixture(`tiff/${name}.tif`);
    const sound = await decodeImage(bytes);
    const { buffer } = bytes;
    const end = new DataView(buffer).getUint32(4, true); // The directory follows.
    let missed = 0;
    // 37 and 8 are coprime, so every bit position of a byte is tried.
    for (let bit = 8 * 8; bit < end * 8; bit += 37) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << bit % 8;
      const image = await decodeImage(damaged).catch((error) => {
        assert.ok(error instanceof CorruptImageError, `${error}`);
      });
      if (image === undefined) continue;
      // The bits between a strip's last code and its checksum have no meaning.
      assert.deepEqual(image, sound, `bit ${bit} of ${name}`);
      missed++;
    }
    assert.ok(missed < 5, `${missed} of ${name}`);
  }
});

import assert from "node:assert/strict";
import { readImageHeader } from "../../../src/image/mod.ts";
import {
  type DecodeCase,
  decodeFixture,
  fixture,
  fromRgb,
  maxDifference,
} from "../fixtures.ts";

const CASES: readonly DecodeCase[] = JSON.parse(
  new TextDecoder().decode(fixture("tiff/decode.json")),
);

for (const { file, expected, width, height, tolerance, note } of CASES) {
  Deno.test(`decodeImage() equals Pillow on ${file} (${note})`, async () => {
    assert.equal(readImageHeader(fixture(file)).format, "tiff");
    const image = await decodeFixture(file);
    const pillow = fromRgb(fixture(expected), width, height);
    const difference = maxDifference(image, pillow);
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

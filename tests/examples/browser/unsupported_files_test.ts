/** The page's messages about files that can't be decoded. */
import assert from "node:assert/strict";
import { explain } from "../../../examples/browser/explain.js";
import { decodeImage, readImageHeader } from "../../../src/image/mod.ts";
import { fixture } from "../../image/fixtures.ts";
import { makeHeif } from "../../image/heif/make_heif.ts";
import { makeTiff } from "../../image/tiff/make_tiff.ts";

// deno-lint-ignore no-explicit-any -- the page's own modules have no types
type Any = any;

for (
  const [start, words] of [
    ["%PDF-1.7", "a PDF file, ‥. Save a page of it as JPEG or PNG first."],
    ["8BPS", "a Photoshop PSD file, ‥. Convert it to JPEG or PNG first."],
    ["\xff\x0a", "a JPEG XL file, ‥. Convert it to JPEG or PNG first."],
    [
      "\0\0\0\x0cjP  \r\n\x87\n",
      "a JPEG 2000 file, ‥. Convert it to JPEG or PNG first.",
    ],
    ["<svg ", "an SVG file, ‥. Draw it as PNG first."],
    ["v/1\x01", "an OpenEXR file, ‥. Convert it to JPEG or PNG first."],
    ["\0\0\x01\0", "an ICO file, ‥. Convert it to JPEG or PNG first."],
    ["FOVb", "a RAW photo, ‥. Export it as JPEG or TIFF first."],
    [
      "\0\0\0\x18ftypisom",
      "an MP4 video, ‥. Save one of its frames as JPEG or PNG first.",
    ],
    ["PK\x03\x04", "a ZIP archive, ‥. Unpack it first."],
  ] as const
) {
  Deno.test(`a file that can't be read is told as ${words.split(",")[0]}`, () => {
    const bytes = Uint8Array.from(start, (it) => it.charCodeAt(0));
    assert.equal(
      toldOf(bytes),
      `This is ${words.replace("‥", "which can't be read here")}`,
    );
  });
}

Deno.test("a TIFF, a JPEG and a HEIF that can't be read are told in the singular", async () => {
  const fax = makeTiff({ fields: { 259: [4] }, data: new Uint8Array(4) });
  await assert.rejects(decodeImage(fax), (error: Any) => {
    assert.equal(
      explain(error, HERE).words,
      "This is a TIFF compressed as fax (CCITT), which can't be read here. Save it as an ordinary TIFF of 8 bits or a PNG first.",
    );
    return true;
  });
  const jpeg = fixture("color.jpg");
  const frame = jpeg.findIndex((it, i) => it === 255 && jpeg[i + 1] === 0xc0);
  jpeg[frame + 1] = 0xc9;
  assert.equal(
    toldOf(jpeg),
    "This is an arithmetic-coded JPEG file, which can't be read here. Save it as an ordinary 8-bit JPEG first.",
  );
  assert.equal(
    toldOf(makeHeif([{ type: "avc1", size: [4, 4] }])),
    "This is a HEIF file, which can't be read here. Convert it to JPEG or PNG first.",
  );
});

Deno.test("a page and a sound aren't photos", () => {
  for (const start of ["<!doctype html>", "RIFF\x24\0\0\0WAVEfmt "]) {
    const bytes = Uint8Array.from(start, (it) => it.charCodeAt(0));
    assert.match(toldOf(bytes), /^This isn't a photo/);
  }
});

const HERE = { backend: "engine", isOnline: true };

/** The page's message about a file whose header is refused. */
function toldOf(bytes: Uint8Array): string {
  try {
    readImageHeader(bytes);
  } catch (error) {
    return explain(error as Any, HERE).words;
  }
  return "";
}

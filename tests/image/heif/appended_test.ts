import assert from "node:assert/strict";
import { decodeImage } from "../../../src/image/mod.ts";
import { joined } from "../../joined.ts";
import { fixture } from "../fixtures.ts";
import { box, dataOf, withData } from "./make_heif.ts";

/** An image of a single item and a grid of tiles, in each format. */
const WHOLE = ["420_8_full.avif", "grid.avif", "420.heic", "phone.heic"];

/** Data that may follow the last box. */
const APPENDED: Readonly<Record<string, Uint8Array>> = {
  "a byte": Uint8Array.of(7),
  "zeros": new Uint8Array(500),
  "sevens": new Uint8Array(500).fill(7),
  "noise": Uint8Array.from({ length: 500 }, (_, i) => i * i * 7919 >> 5),
  "text": new TextEncoder().encode("Made with a camera. ".repeat(25)),
  "the beginning of a box": Uint8Array.of(0, 0, 2, 0, 1, 2, 3, 4, 5),
  "what can't be a box": Uint8Array.from(
    { length: 500 },
    (_, i) => i % 4 === 3 ? 2 : 0,
  ),
  "thousands of boxes": Uint8Array.from(
    { length: 16_000 },
    (_, i) => i % 8 === 3 ? 8 : i % 8 < 4 ? 0 : 65,
  ),
  "a JPEG": fixture("color.jpg"),
};

for (const file of WHOLE) {
  const bytes = fixture(`heif/${file}`);

  Deno.test(`decodeImage() ignores what is appended to ${file}`, async () => {
    const expected = await decodeImage(bytes);
    for (const [what, more] of Object.entries(APPENDED)) {
      assert.deepEqual(
        await decodeImage(joined(bytes, more)),
        expected,
        what,
      );
    }
  });

  Deno.test(`decodeImage() refuses ${file} cut anywhere near its end`, async () => {
    for (let missing = 1; missing < bytes.length / 2; missing += 1 + missing) {
      await assert.rejects(
        decodeImage(bytes.subarray(0, -missing)),
        { name: "CorruptImageError", message: /truncated/ },
        `without ${missing} bytes`,
      );
    }
  });
}

Deno.test("decodeImage() refuses HEIF whose data lie beyond its end, and ignores a cut box that nothing needs", async () => {
  const bytes = fixture("heif/420_8_full.avif");
  const data = dataOf(bytes);
  const moved = withData(bytes, data);
  await decodeImage(moved);
  // The last box has another type, so that only the positions of data reveal it.
  moved.set(new TextEncoder().encode("xxxx"), bytes.length + 4);
  await decodeImage(moved);
  await assert.rejects(decodeImage(moved.subarray(0, -1)), {
    name: "CorruptImageError",
    message:
      "Cannot decode the AVIF as it is truncated or damaged: the data of item 1 lie beyond its end",
  });
  for (const [type, isFine] of [["free", false], ["xxxx", true]] as const) {
    const cut = joined(bytes, box(type, [new Uint8Array(90)]).subarray(0, 50));
    const decoded = decodeImage(cut);
    if (isFine) await decoded;
    else await assert.rejects(decoded, /it is truncated: it has \d+ bytes/);
  }
});

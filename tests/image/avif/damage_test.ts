import assert from "node:assert/strict";
import { decodeImage } from "../../../src/image/mod.ts";
import { dataOf, withData } from "../heif/make_heif.ts";

Deno.test("decodeImage() refuses an AVIF of which a bit is changed in its data", async () => {
  const bytes = Deno.readFileSync(
    new URL("../../data/formats/photo.avif", import.meta.url),
  );
  const data = dataOf(bytes);
  await decodeImage(withData(bytes, data));
  for (let at = 100; at < data.length; at += 400) {
    const changed = data.slice();
    changed[at]! ^= 1;
    await assert.rejects(decodeImage(withData(bytes, changed)), {
      name: "CorruptImageError",
      format: "avif",
    }, `byte ${at} of ${data.length}`);
  }
});

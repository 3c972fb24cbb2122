import assert from "node:assert/strict";
import { flattenOverWhite, hasAlpha } from "../../src/image/flatten.ts";

Deno.test("flattenOverWhite() rounds to the nearest level for every value and alpha", () => {
  for (let alpha = 0; alpha <= 255; alpha++) {
    for (let value = 0; value <= 255; value++) {
      const data = Uint8Array.of(value, value, value, alpha);
      flattenOverWhite(data);
      const exact = 255 - ((255 - value) * alpha) / 255;
      assert.ok(Math.abs(data[0]! - exact) <= 0.5);
      assert.equal(data[3], 255);
    }
  }
});

Deno.test("hasAlpha() looks at alpha alone", () => {
  assert.equal(hasAlpha(Uint8Array.of(0, 0, 0, 255, 1, 2, 3, 255)), false);
  assert.equal(hasAlpha(Uint8Array.of(255, 255, 255, 255, 1, 2, 3, 254)), true);
});

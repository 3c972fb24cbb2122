/** Photos with colour profiles, whose levels are taken as they are stored. */
import assert from "node:assert/strict";
import { decodeFixture, fixture, fromRgb, maxDifference } from "./fixtures.ts";
import { meanDifference, PROFILE_CASES } from "./profile_fixtures.ts";

for (const it of PROFILE_CASES) {
  Deno.test(`decodeImage() doesn't apply ${it.note}`, async () => {
    const { width, height } = it;
    const image = await decodeFixture(it.file);
    const stored = fromRgb(fixture(it.expected), width, height);
    const difference = maxDifference(image, stored);
    assert.ok(difference <= it.tolerance, `differs by ${difference} levels`);
    // Colours that a viewer shows are others.
    const shown = fromRgb(fixture(it.shown), width, height);
    assert.ok(meanDifference(image, shown) > 2);
  });
}

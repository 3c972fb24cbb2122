/** Photos with colour profiles, whose stored levels are used unchanged. */
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
    // A viewer would show other colours.
    const shown = fromRgb(fixture(it.shown), width, height);
    assert.ok(meanDifference(image, shown) > 2);
  });
}

/** Networks with other heads than ImageNet's can be converted as well. */
import assert from "node:assert/strict";
import { convert } from "../../src/convert/mod.ts";
import type { Network } from "../../src/model/mod.ts";
import { importModel } from "../layers_model.ts";
import { noise } from "../random.ts";

/** With batch norm; none of the heads below changes a weight's shape. */
const network = await importModel({ gamma: true });

const ENDS: readonly Network["architecture"][] = [
  { lastPool: "max", activation: "sigmoid" },
  { pooling: "max", activation: "none" },
  { lastBlock: "Mixed_6d", classes: 0 },
  { lastBlock: "Mixed_5c", pooling: "flatten", classes: 0 },
];

const photos = [1, 2, 3].map((seed) => photo(noise(75, seed)));
const others = [4, 5].map((seed) => photo(noise(75, seed)));

for (const end of ENDS) {
  for (const by of ["images", "batch-norm"] as const) {
    Deno.test(`convert() keeps a network of ${JSON.stringify(end)}, calibrated by ${by}`, async () => {
      const f32 = {
        ...network,
        architecture: { ...network.architecture, ...end },
        variant: 75,
        ...end.classes === 0 && { labels: [] },
      };
      const given = by === "images" ? photos : null;
      const options = { compareOn: others };
      const converted = await convert(f32, given, options);
      const { architecture, calibration } = converted.network;
      for (const [name, value] of Object.entries(end)) {
        assert.equal(architecture[name as "pooling"], value);
      }
      assert.equal(calibration.method, by);
      const [eight, seven] = converted.fidelities;
      assert.ok(
        eight!.featuresCosine.min > 0.998,
        `${eight!.featuresCosine.min}`,
      );
      assert.ok(
        seven!.featuresCosine.min > 0.98,
        `${seven!.featuresCosine.min}`,
      );
      const isKept = eight!.logitsError === undefined ||
        eight!.logitsError < 0.1;
      assert.ok(isKept, `${eight!.logitsError}`);
      assert.equal(eight!.logitsError === undefined, end.classes === 0);
      assert.equal(eight!.sameAnswer === undefined, end.activation === "none");
    });
  }
}

function photo(pixels: Uint8Array) {
  return { data: Uint8ClampedArray.from(pixels), width: 75, height: 75 };
}

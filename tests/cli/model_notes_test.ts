import assert from "node:assert/strict";
import { tellAssumed, tellUntrained } from "../../src/cli/model_notes.ts";
import {
  type CropRule,
  modelMetadata,
  type Origin,
  type Variant,
} from "../../src/model/mod.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/keras/preprocessing.ts";
import { captured, unseen } from "./in_process.ts";

Deno.test("tellAssumed() tells of a crop for another size than was assumed", () => {
  const at224 = { kind: "resize", to: 256, size: 224 } as const;
  const hint =
    "the crop is of 224 pixels, and the network runs at 299: give --variant 224 if it was trained so";
  assert.deepEqual(told(at224, "assumed"), [
    "m.pth doesn't say how photos enter it. Assumed: 299 x 299",
    hint,
  ]);
  assert.deepEqual(told(at224, "option"), []);
  const at299 = { kind: "resize", to: 342, size: 299 } as const;
  assert.equal(told(at299, "assumed").length, 1);
  // No network runs at this size.
  const at64 = { kind: "resize", to: 72, size: 64 } as const;
  assert.equal(told(at64, "assumed").length, 1);
});

Deno.test("tellUntrained() tells that a known model isn't for low79", async () => {
  const notes = async (source: string, variant: Variant) => {
    const { stderr } = await captured((io) => {
      const metadata = modelMetadata(NETWORK, variant);
      tellUntrained(io, source, metadata);
      tellUntrained(io, source, metadata);
    });
    return stderr;
  };
  assert.match(
    await notes("nsfw", "low79"),
    /^note low79 is for weights .* those of nsfw weren't: totem adapt .*\n$/,
  );
  assert.equal(await notes("nsfw", "low151"), "");
  assert.equal(await notes("own.safetensors", "low79"), "");
});

const NETWORK = {
  architecture: { classes: 2 },
  labels: ["a", "b"],
  preprocessing: KERAS_PREPROCESSING,
  weights: () => {
    throw new Error("no weights are needed");
  },
};

function told(crop: CropRule, variant: Origin): string[] {
  const metadata = modelMetadata({
    ...NETWORK,
    preprocessing: { ...KERAS_PREPROCESSING, crop },
    origins: { crop: "option" },
  });
  const lines: string[] = [];
  const from = { ...metadata.variant, from: variant };
  const known = { ...metadata, variant: from };
  tellAssumed(
    unseen(),
    "m.pth",
    { ...known, pools: { ...known.pools, from: "model" } },
    (line) => lines.push(line),
  );
  return lines;
}

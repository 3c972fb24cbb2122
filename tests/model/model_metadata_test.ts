import assert from "node:assert/strict";
import { modelMetadata, type Network } from "../../src/model/mod.ts";
import { withVariant } from "../../src/model/model_metadata.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/mod.ts";
import { NETWORK } from "./unread_network.ts";

Deno.test("modelMetadata() takes what a network says for its own, and assumes 299 pixels", () => {
  assert.deepEqual(modelMetadata(NETWORK), {
    variant: { value: "full", from: "assumed" },
    pixels: {
      value: {
        scale: KERAS_PREPROCESSING.scale,
        offset: KERAS_PREPROCESSING.offset,
      },
      from: "model",
    },
    crop: { value: { kind: "center", fraction: 1 }, from: "model" },
    resize: { value: "antialiased", from: "model" },
    pools: { value: "padding-left-out", from: "model" },
    pooling: { value: "mean", from: "model" },
    hidden: { value: null, from: "model" },
    activation: { value: "softmax", from: "model" },
  });
});

Deno.test("modelMetadata() prefers the variant that is asked for to the network's own", () => {
  const network: Network = { ...NETWORK, variant: 151 };
  assert.deepEqual(modelMetadata(network).variant, {
    value: 151,
    from: "model",
  });
  assert.deepEqual(modelMetadata(network, "low151").variant, {
    value: "low151",
    from: "option",
  });
});

Deno.test("modelMetadata() knows no activation without classes", () => {
  const architecture = { classes: 0 };
  const { activation } = modelMetadata({
    ...NETWORK,
    architecture,
    labels: [],
  });
  assert.equal(activation.value, null);
});

Deno.test("modelMetadata() says how pools, features and answers differ from ImageNet's", () => {
  const facts = (architecture: Network["architecture"]) => {
    const { pools, pooling, activation } = modelMetadata({
      ...NETWORK,
      architecture,
      origins: { pools: "assumed" },
    });
    assert.equal(pools.from, "assumed");
    return [pools.value, pooling.value, activation.value];
  };
  assert.deepEqual(
    facts({ countIncludePad: true, pooling: "max", activation: "sigmoid" }),
    ["padding-counted", "max", "sigmoid"],
  );
  assert.deepEqual(
    facts({ lastPool: "max", pooling: "flatten", activation: "none" }),
    ["fid", "flatten", "none"],
  );
});

Deno.test("withVariant() gives a network that says its variant, and where it is from", () => {
  const cases = [
    [withVariant(NETWORK), "full", "assumed"],
    [withVariant(NETWORK, "low79"), "low79", "option"],
    [withVariant({ ...NETWORK, variant: 75 }), 75, "model"],
    [withVariant(withVariant(NETWORK)), "full", "assumed"],
  ] as const;
  for (const [network, value, from] of cases) {
    assert.deepEqual(modelMetadata(network).variant, { value, from });
  }
});

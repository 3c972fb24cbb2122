import assert from "node:assert/strict";
import {
  describeFacts,
  factLines,
  factsOf,
  type Network,
  withVariant,
} from "../../src/model/mod.ts";
import {
  IMAGENET_PREPROCESSING,
  KERAS_PREPROCESSING,
} from "../../src/weights/mod.ts";

const NETWORK: Network = {
  architecture: { classes: 5 },
  labels: [..."abcde"],
  preprocessing: KERAS_PREPROCESSING,
  weights() {
    throw new Error("Not asked for");
  },
};

Deno.test("factsOf() takes what a network says for its own, and assumes 299 pixels", () => {
  assert.deepEqual(factsOf(NETWORK), {
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
    pooling: { value: "mean", from: "model" },
    activation: { value: "softmax", from: "model" },
  });
});

Deno.test("factsOf() prefers the variant that is asked for to the network's own", () => {
  const network: Network = { ...NETWORK, variant: 151 };
  assert.deepEqual(factsOf(network).variant, { value: 151, from: "model" });
  assert.deepEqual(factsOf(network, "low151").variant, {
    value: "low151",
    from: "option",
  });
});

Deno.test("factsOf() knows no activation without classes", () => {
  const architecture = { classes: 0 };
  const { activation } = factsOf({ ...NETWORK, architecture, labels: [] });
  assert.equal(activation.value, null);
});

Deno.test("withVariant() gives a network that says its variant, and whence it is", () => {
  const cases = [
    [withVariant(NETWORK), "full", "assumed"],
    [withVariant(NETWORK, "low79"), "low79", "option"],
    [withVariant({ ...NETWORK, variant: 75 }), 75, "model"],
    [withVariant(withVariant(NETWORK)), "full", "assumed"],
  ] as const;
  for (const [network, value, from] of cases) {
    assert.deepEqual(factsOf(network).variant, { value, from });
  }
});

Deno.test("describeFacts() and factLines() say it in the field's words", () => {
  const network: Network = {
    ...NETWORK,
    variant: "low151",
    origins: {
      pixels: "assumed",
      crop: "option",
      pooling: "assumed-earlier",
    },
  };
  assert.deepEqual(describeFacts(factsOf(network)), {
    variant: "151 x 151 (low151)",
    pixels: "pixels -1..1",
    crop: "central crop",
    resize: "antialiased resize",
    pooling: "mean pooling",
    activation: "softmax",
  });
  assert.deepEqual(factLines(factsOf(network)), [
    "151 x 151 (low151), pixels -1..1 (assumed), central crop (asked for), antialiased resize",
    "mean pooling (assumed when made), softmax",
  ]);
});

Deno.test("describeFacts() tells scales and crops apart", () => {
  const words = (preprocessing: Partial<Network["preprocessing"]>) => {
    const { pixels, crop } = describeFacts(factsOf({
      ...NETWORK,
      preprocessing: { ...KERAS_PREPROCESSING, ...preprocessing },
    }));
    return `${pixels}, ${crop}`;
  };
  const third = 1 / 255;
  assert.equal(
    words({ scale: [third, third, third], offset: [0, 0, 0] }),
    "pixels 0..1, central crop",
  );
  assert.equal(
    words({ scale: [1, 1, 1], offset: [0, 0, 0], crop: { kind: "squash" } }),
    "pixels 0..255, squashed to a square",
  );
  assert.equal(
    words({
      ...IMAGENET_PREPROCESSING,
      crop: { kind: "center", fraction: 0.875 },
    }),
    "pixels of mean 0.485 0.456 0.406 and deviation 0.229 0.224 0.225, central crop of 87.5%",
  );
});

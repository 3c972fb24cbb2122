import assert from "node:assert/strict";
import {
  describeMetadata,
  metadataLines,
} from "../../src/model/describe_metadata.ts";
import { modelMetadata, type Network } from "../../src/model/mod.ts";
import {
  IMAGENET_PREPROCESSING,
  KERAS_PREPROCESSING,
} from "../../src/weights/mod.ts";
import { NETWORK } from "./unread_network.ts";

Deno.test("describeMetadata() and metadataLines() say it in the field's words", () => {
  const network: Network = {
    ...NETWORK,
    variant: "low151",
    origins: {
      pixels: "assumed",
      crop: "option",
      pooling: "assumed-earlier",
    },
  };
  assert.deepEqual(describeMetadata(modelMetadata(network)), {
    variant: "151 x 151 (low151)",
    pixels: "pixels -1..1",
    crop: "central crop",
    resize: "antialiased resize",
    pools: "average pools leave padding out",
    pooling: "mean pooling",
    hidden: "no hidden layers",
    activation: "softmax",
  });
  assert.deepEqual(metadataLines(modelMetadata(network)), [
    "151 x 151 (low151), pixels -1..1 (assumed), central crop (asked for), antialiased resize",
    "average pools leave padding out, mean pooling (assumed when made), softmax",
  ]);
});

Deno.test("describeMetadata() says what pools and answers are", () => {
  const words = (architecture: Network["architecture"]) =>
    metadataLines(modelMetadata({
      ...NETWORK,
      architecture,
      origins: { pools: "assumed" },
    }))[1];
  assert.equal(
    words({ lastPool: "max", pooling: "max", activation: "sigmoid" }),
    "pools of FID's network (assumed), max pooling, sigmoid (a probability for each class on its own)",
  );
  assert.equal(
    words({ countIncludePad: true, pooling: "flatten", activation: "none" }),
    "average pools count padding (assumed), all activations as features, logits",
  );
  assert.equal(
    metadataLines(modelMetadata({
      ...NETWORK,
      architecture: { hiddenUnits: [32] },
      origins: { hidden: "assumed" },
    }))[1],
    "average pools leave padding out, mean pooling, ReLU in the classifier (assumed), softmax",
  );
  assert.equal(
    words({ classes: 0 }),
    "average pools leave padding out (assumed), mean pooling, no classes",
  );
});

Deno.test("describeMetadata() tells scales and crops apart", () => {
  const words = (preprocessing: Partial<Network["preprocessing"]>) => {
    const { pixels, crop } = describeMetadata(modelMetadata({
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
  assert.equal(
    words({ crop: { kind: "resize", to: 342, size: 299 } }),
    "pixels -1..1, resized to 342 and cropped to 299",
  );
  // At another size, the same part is cropped.
  const crop = { kind: "resize", to: 342, size: 299 } as const;
  const preprocessing = { ...KERAS_PREPROCESSING, crop };
  assert.equal(
    describeMetadata(modelMetadata({ ...NETWORK, preprocessing }, 224)).crop,
    "central 299/342 of the shorter side",
  );
});

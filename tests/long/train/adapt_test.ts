import assert from "node:assert/strict";
import type { Network } from "../../../src/model/mod.ts";
import { tf } from "../../tfjs.ts";
import { load } from "../../../src/load.ts";
import { type GivenImage, readGiven } from "../../../src/image/given_image.ts";
import { adapt, type AdaptOptions } from "../../../src/train/adapt.ts";
import { trainNetwork } from "../../../src/train/train_network.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { cosine } from "../../cosine.ts";
import { patternImage, PATTERNS } from "../../train/patterns.ts";

const OPTIONS: AdaptOptions = { variant: "low79" };
/** Features that distinguish patterns, unlike those of random weights. */
const trained = await trainNetwork(
  PATTERNS.flatMap((pattern, classIndex) =>
    Array.from({ length: 6 }, (_, i) => ({
      pixels: patternImage(pattern, 75, i).data,
      classIndex,
    }))
  ),
  {
    labels: PATTERNS,
    variant: 75,
    widthMultiplier: 1 / 16,
    auxiliary: false,
    optimizer: "adam",
    learningRate: 0.005,
    batchSize: 12,
    epochs: 6,
  },
);
/** Few pixels make the tests quick; the source network is 299 all the same. */
const network = { ...trained, variant: "full" } as const;

Deno.test("adapt() moves batch norm's statistics, which makes the features of other photos truer", async () => {
  const { network: moved, ...found } = await adapt(network, photos(3), OPTIONS);
  assert.equal(found.heldOut, 3);
  const { before, batchNorm } = found.cosine;
  assert.ok(1 - batchNorm < 0.7 * (1 - before), `${before} to ${batchNorm}`);
  for (const name of ["Conv2d_1a_3x3", "Mixed_7c/branch1x1"]) {
    assert.notDeepEqual(moved.weights(name).bias, network.weights(name).bias);
  }
  assert.deepEqual(moved.weights("Logits"), network.weights("Logits"));

  // Anyone can reproduce its report.
  using full = await load(network);
  using low = await load(moved);
  const all = photos(3);
  let sum = 0;
  for (const i of [1, 6, 11]) {
    const photo = await readGiven(all[i]!);
    sum += cosine(await full.features(photo), await low.features(photo));
  }
  assert.ok(Math.abs(sum / 3 - batchNorm) < 1e-4, `${sum / 3}, ${batchNorm}`);
});

Deno.test("adapt() gives the network itself where nothing helps", async () => {
  const options = { ...OPTIONS, batchNorm: 0 };
  const { network: same, cosine } = await adapt(network, photos(1), options);
  assert.equal(cosine.batchNorm, cosine.before);
  assert.equal(same.weights, network.weights);
});

Deno.test("adapt() gives a network that says what it is for", async () => {
  const { network: adapted } = await adapt(network, photos(1), OPTIONS);
  assert.equal(adapted.variant, "low79");
  assert.equal(adapted.origins?.variant, "option");
  // Its full resolution is the network's own size.
  await assert.rejects(adapt(trained, photos(1), OPTIONS), {
    name: "ArgumentError",
    message: /low79 .* fewer than the 75 pixels/,
  });
});

Deno.test("adapt() repeats to the bit, and leaves no tensor behind", async () => {
  const run = async (batchNorm: number) => {
    const options = { ...OPTIONS, batchNorm };
    const { network: adapted } = await adapt(network, photos(2), options);
    return adapted.weights("Mixed_7c/branch1x1");
  };
  const one = await run(0.4);
  const tensors = tf.memory().numTensors;
  assert.deepEqual(await run(0.4), one);
  assert.equal(tf.memory().numTensors, tensors);
  assert.notDeepEqual(await run(0.6), one);
});

Deno.test("adapt() stops when its signal fires", async () => {
  const tensors = tf.memory().numTensors;
  // While photos are read for the first or the second time, and in between.
  for (const call of [1, 2, 4]) {
    const controller = new AbortController();
    let calls = 0;
    const aborting = photos(1).map((photo) => ({
      read() {
        if (++calls === call) controller.abort("enough");
        return readGiven(photo);
      },
    }));
    const options = { ...OPTIONS, signal: controller.signal };
    await assert.rejects(adapt(network, aborting, options), {
      name: "AbortError",
      cause: "enough",
    });
    assert.equal(calls, call);
    assert.equal(tf.memory().numTensors, tensors);
  }
});

Deno.test("adapt() refuses what can't be adapted", async () => {
  const cases: [
    photos: readonly GivenImage[],
    options: Partial<AdaptOptions>,
    message: RegExp,
  ][] = [
    [[], {}, />= 2 photos, .*: there are none/],
    [photos(1).slice(1, 2), {}, />= 2 photos, .*: there is 1/],
    [photos(1), { variant: "full" }, /full .*nothing to adapt/],
    [photos(1), { variant: 400 }, /400 .*nothing to adapt/],
    [photos(1), { batchNorm: -0.1 }, /batchNorm must be in \[0, 1\]/],
    [photos(1), { batchNorm: 1.1 }, /batchNorm must be in \[0, 1\]/],
    [photos(1), { batchNorm: NaN }, /batchNorm must be in \[0, 1\]/],
  ];
  for (const [photos, options, message] of cases) {
    await assert.rejects(
      adapt(network, photos, { ...OPTIONS, ...options }),
      { name: "ArgumentError", message },
    );
  }
  await assert.rejects(
    adapt(await narrowNetwork(), photos(1), OPTIONS),
    { name: "ArgumentError", message: /weights are int8/ },
  );
  const { architecture } = network;
  const flattened: Network = {
    ...network,
    architecture: { ...architecture, pooling: "flatten", classes: 0 },
  };
  await assert.rejects(adapt(flattened, photos(1), OPTIONS), {
    name: "ArgumentError",
    message: /features are all of its last activations, .* fewer at a lower/,
  });
});

Deno.test("adapt() compares the features that a network has, of an earlier block, say", async () => {
  const { architecture } = network;
  const cut: Network = {
    ...network,
    architecture: {
      ...architecture,
      lastBlock: "Mixed_6d",
      pooling: "max",
      classes: 0,
    },
  };
  const { network: adapted, cosine } = await adapt(cut, photos(2), OPTIONS);
  assert.ok(cosine.batchNorm > cosine.before);
  assert.equal(adapted.architecture.lastBlock, "Mixed_6d");
});

/** `count` images of each pattern, one pattern after the other. */
function photos(count: number): GivenImage[] {
  return Array.from(
    { length: count },
    (_, i) =>
      PATTERNS.map((pattern) => {
        const image = patternImage(pattern, 75, i);
        return i % 2 === 0 ? { image } : { read: () => Promise.resolve(image) };
      }),
  ).flat();
}

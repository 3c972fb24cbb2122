import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { inceptionV3, isWeighted } from "../../src/model/mod.ts";
import { load } from "../../src/load.ts";
import { adapt } from "../../src/train/adapt.ts";
import type { AdaptOptions, AdaptStep } from "../../src/train/adapt_options.ts";
import type { PhotoSource } from "../../src/train/learn_stem.ts";
import { trainNetwork } from "../../src/train/train_network.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { cosine } from "../cosine.ts";
import { patternImage, PATTERNS } from "./patterns.ts";

const OPTIONS: AdaptOptions = {
  variant: "low79",
  views: 18,
  steps: 20,
  batchNorm: 0,
};
/** Features that tell patterns apart: those of random weights are all alike. */
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
/** Few pixels make the tests quick: what it is adapted from is 299 all the same. */
const network = { ...trained, variant: "full" } as const;

Deno.test("adapt() lowers the loss and makes the features of other photos truer, by the stem alone", async () => {
  const steps: AdaptStep[] = [];
  const seen: [done: number, views: number][] = [];
  const { network: adapted, ...found } = await adapt(network, photos(3), {
    ...OPTIONS,
    steps: 50,
    onView: (done, views) => seen.push([done, views]),
    onStep: (it) => steps.push(it),
  });
  assert.deepEqual(
    steps.map(({ step }) => step),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.deepEqual(seen, Array.from({ length: 18 }, (_, i) => [i + 1, 18]));
  const mean = (part: readonly AdaptStep[]) =>
    part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  const [first, last] = [mean(steps.slice(0, 5)), mean(steps.slice(-5))];
  assert.ok(last < 0.6 * first, `${first} to ${last}`);
  assert.deepEqual(
    steps.filter(({ cosine }) => cosine !== null).map(({ step }) => step),
    [40, 50],
  );
  assert.equal(found.heldOut, 3);
  const { before, fitted, batchNorm } = found.cosine;
  assert.ok(1 - fitted < 0.5 * (1 - before), `${before} to ${fitted}`);
  assert.equal(batchNorm, null);
  assert.equal(
    fitted,
    steps.find(({ step }) => step === found.bestStep)!.cosine,
  );

  // What it says of itself is what anybody finds.
  using full = await load(network);
  using low = await load(adapted);
  const all = photos(3);
  let sum = 0;
  for (const i of [1, 6, 11]) {
    const photo = await all[i]!();
    sum += cosine(await full.features(photo), await low.features(photo));
  }
  assert.ok(Math.abs(sum / 3 - fitted) < 1e-4, `${sum / 3}, ${fitted}`);

  const changed = inceptionV3(network.architecture).nodes.filter(isWeighted)
    .map(({ name }) => name)
    .filter((name) =>
      adapted.weights(name).kernel.some((it, i) =>
        it !== network.weights(name).kernel[i]
      )
    );
  assert.deepEqual(changed, [
    "Conv2d_1a_3x3",
    "Conv2d_2a_3x3",
    "Conv2d_2b_3x3",
    "Conv2d_3b_1x1",
    "Conv2d_4a_3x3",
  ]);
});

Deno.test("adapt() gives the network itself where nothing helps", async () => {
  const { network: same, bestStep, cosine } = await adapt(network, photos(1), {
    ...OPTIONS,
    learningRate: 100,
    steps: 1,
  });
  assert.equal(bestStep, 0);
  assert.equal(cosine.fitted, cosine.before);
  assert.equal(same.weights, network.weights);
});

Deno.test("adapt() gives a network that says what it is for", async () => {
  const options = { ...OPTIONS, steps: 0 };
  const { network: adapted } = await adapt(network, photos(1), options);
  assert.equal(adapted.variant, "low79");
  assert.equal(adapted.origins?.variant, "option");
  // Its full resolution is the network's own.
  await assert.rejects(adapt(trained, photos(1), options), {
    name: "ArgumentError",
    message: /low79 .* fewer than the 75 pixels/,
  });
});

Deno.test("adapt() moves batch norm's statistics, which makes features truer at once", async () => {
  const { network: moved, bestStep, cosine } = await adapt(network, photos(3), {
    ...OPTIONS,
    steps: 0,
    batchNorm: 0.5,
  });
  assert.equal(bestStep, 0);
  assert.ok(cosine.batchNorm! > cosine.before, JSON.stringify(cosine));
  for (const name of ["Conv2d_1a_3x3", "Mixed_7c/branch1x1"]) {
    assert.notDeepEqual(moved.weights(name).bias, network.weights(name).bias);
  }
  assert.deepEqual(moved.weights("Logits"), network.weights("Logits"));
});

Deno.test("adapt() leaves what was fitted as it is when it moves statistics, and takes the better of both", async () => {
  const options = { ...OPTIONS, steps: 40 };
  const { network: fitted } = await adapt(network, photos(2), options);
  const { network: moved, cosine } = await adapt(network, photos(2), {
    ...options,
    batchNorm: 0.5,
  });
  assert.deepEqual(
    moved.weights("Conv2d_4a_3x3"),
    fitted.weights("Conv2d_4a_3x3"),
  );
  const name = "Mixed_7c/branch1x1";
  const isMoved = moved.weights(name).bias.some((it, i) =>
    it !== fitted.weights(name).bias[i]
  );
  assert.equal(isMoved, cosine.batchNorm! > cosine.fitted);
});

Deno.test("adapt() repeats to the bit by its seed, and leaves no tensor behind", async () => {
  const run = async (seed: number) => {
    const losses: number[] = [];
    await adapt(network, photos(1), {
      ...OPTIONS,
      steps: 3,
      batchNorm: 0.5,
      seed,
      onStep: ({ loss }) => losses.push(loss),
    });
    return losses;
  };
  const one = await run(5);
  const tensors = tf.memory().numTensors;
  assert.deepEqual(await run(5), one);
  assert.equal(tf.memory().numTensors, tensors);
  assert.notDeepEqual(await run(6), one);
});

Deno.test("adapt() stops when its signal fires", async () => {
  const controller = new AbortController();
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    adapt(network, photos(1), {
      ...OPTIONS,
      signal: controller.signal,
      onStep: () => controller.abort("enough"),
    }),
    { name: "AbortError", cause: "enough" },
  );
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("adapt() refuses what can't be adapted", async () => {
  const cases: [
    photos: readonly PhotoSource[],
    options: Partial<AdaptOptions>,
    message: RegExp,
  ][] = [
    [[], {}, />= 2 photos, .*: there are none/],
    [photos(1).slice(1, 2), {}, />= 2 photos, .*: there is 1/],
    [photos(1), { variant: "full" }, /full .*nothing to adapt/],
    [photos(1), { variant: 400 }, /400 .*nothing to adapt/],
    [photos(1), { steps: -1 }, /steps must be a whole number >= 0/],
    [photos(1), { views: 0 }, /views must be a whole number >= 1/],
    [photos(1), { batchSize: 0 }, /batchSize must be a whole number >= 1/],
    [photos(1), { learningRate: NaN }, /learningRate must be finite/],
    [photos(1), { batchNorm: 1.1 }, /batchNorm must be in \[0, 1\]/],
  ];
  for (const [photos, options, message] of cases) {
    await assert.rejects(
      adapt(network, photos, { ...OPTIONS, ...options }),
      { name: "ArgumentError", message },
    );
  }
  await assert.rejects(
    adapt(await narrowNetwork(), photos(1), OPTIONS),
    { name: "ArgumentError", message: /int8 weights/ },
  );
});

/** So many images of each pattern, one pattern after the other. */
function photos(count: number): PhotoSource[] {
  return Array.from(
    { length: count },
    (_, i) =>
      PATTERNS.map((pattern) => () => {
        const image = patternImage(pattern, 75, i);
        return i % 2 === 0 ? image : Promise.resolve(image);
      }),
  ).flat();
}

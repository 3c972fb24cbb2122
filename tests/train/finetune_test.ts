import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { load } from "../../src/load.ts";
import type { QuantizedNetwork } from "../../src/model/mod.ts";
import type { LabelledImage } from "../../src/labelled_image.ts";
import { finetune } from "../../src/train/finetune.ts";
import type { FinetuneOptions } from "../../src/train/finetune_options.ts";
import { readNetwork } from "../../src/weights/totem_file.ts";
import { writeNetwork } from "../../src/weights/write_totem_file.ts";
import { runDeno } from "../../tools/run_deno.ts";
import { ROOT } from "../docs/texts.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { patternImage } from "./patterns.ts";

/**
 * Its features carry little information, and at 75 pixels none: its weights are random.
 */
const narrow = await narrowNetwork();
const base = { ...narrow, classIds: narrow.labels.map((_, i) => `n0${i}`) };
const CLASSES = ["checks", "columns", "rows"] as const;
const OPTIONS: FinetuneOptions = {
  classes: CLASSES,
  variant: 75,
  activationBits: 8, // "auto" depends on the machine.
  augmentations: 2,
  epochs: 20,
};

Deno.test("finetune() teaches a network classes that its file classifies", async () => {
  const { network, epochs, bestEpoch, views, heldOut } = await finetune(
    base,
    photos(10),
    { ...OPTIONS, variant: "low79", epochs: 40 },
  );
  assert.ok(heldOut!.accuracy > 0.8, `${heldOut!.accuracy}`); // Chance: 0.33.
  assert.deepEqual(heldOut!.confusion.labels, CLASSES);
  assert.equal(heldOut!.confusion.counts.reduce((a, b) => a + b), 6);
  assert.equal(views, 3 * 8 * 2);
  assert.ok(bestEpoch <= epochs.length);
  // int8 weights perform nearly as well as f32 ones.
  const { loss } = epochs[bestEpoch - 1]!.heldOut!;
  assert.ok(Math.abs(heldOut!.loss - loss) < 0.02, `${heldOut!.loss} ${loss}`);

  const read = await readNetwork(writeNetwork(network).stream);
  assert.deepEqual(read.labels, CLASSES);
  assert.equal(read.classIds, undefined); // They were for other classes.
  assert.equal(read.license, base.license);
  assert.equal(read.variant, "low79");
  using classifier = await load(read, { activationBits: 8 });
  let right = 0;
  for (const label of CLASSES) {
    for (const place of [4, 9]) { // The fifth and the tenth are held out.
      const [best] = await classifier.classify(patternImage(label, 90, place));
      if (best!.label === label) right++;
    }
  }
  assert.equal(right / 6, heldOut!.accuracy);
});

Deno.test("finetune() leaves the features as they are", async () => {
  const options = { ...OPTIONS, epochs: 1, hiddenUnits: 6, dropout: 0.5 };
  const { network } = await finetune(base, photos(5), options);
  assert.deepEqual(network.architecture.hiddenUnits, [6]);
  using before = await load(base, { variant: 75 });
  using after = await load(await reread(network), { variant: 75 });
  const image = patternImage("dots", 75, 50);
  assert.deepEqual(await after.features(image), await before.features(image));
});

Deno.test("finetune() teaches softmax, whatever the base answers", async () => {
  for (const activation of ["sigmoid", "none"] as const) {
    const architecture = { ...base.architecture, activation };
    const options = { ...OPTIONS, epochs: 1 };
    const { network } = await finetune(
      { ...base, architecture },
      photos(5),
      options,
    );
    assert.equal(network.architecture.activation, "softmax");
    using classifier = await load(network, { variant: 75 });
    const image = patternImage("rows", 75, 50);
    const sum = (await classifier.probabilities(image)).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-5, `${sum}`);
  }
});

Deno.test("finetune() teaches a head on all of the last activations", async () => {
  const flattened = {
    ...base,
    variant: 107,
    architecture: { ...base.architecture, pooling: "flatten", classes: 0 },
    labels: [],
    classIds: undefined,
  } as const;
  const { variant: _, ...options } = OPTIONS;
  const { network } = await finetune(flattened, photos(5), {
    ...options,
    epochs: 1,
  });
  const { architecture, variant } = await reread(network);
  assert.deepEqual([architecture.pooling, variant], ["flatten", 107]);
  // 2 x 2 cells of 128 channels.
  const { kernel } = network.weights("Logits");
  assert.equal(kernel.length, 4 * 128 * CLASSES.length);
  await assert.rejects(finetune(network, photos(1), OPTIONS), {
    name: "ArgumentError",
    message: /at 75 pixels .* reads all of its 512 .* It runs at 107 pixels$/,
  });
});

Deno.test("finetune() repeats to the bit by its seed", async () => {
  const bytes = async (seed: number) => {
    const options = { ...OPTIONS, epochs: 3, dropout: 0.2, seed };
    const { network } = await finetune(base, photos(5), options);
    return new Uint8Array(
      await new Response(writeNetwork(network).stream).arrayBuffer(),
    );
  };
  const [one, two, other] = [await bytes(3), await bytes(3), await bytes(4)];
  assert.deepEqual(one, two);
  assert.notDeepEqual(one, other);
});

Deno.test("finetune() holds nothing out with a split of zero", async () => {
  const options = { ...OPTIONS, epochs: 2, validationSplit: 0 };
  const { heldOut, bestEpoch } = await finetune(base, photos(5), options);
  assert.equal(heldOut, null);
  assert.equal(bestEpoch, 2);
});

Deno.test("finetune() refuses what can't be learnt before it runs anything", async () => {
  const cases: [options: Partial<FinetuneOptions>, message: RegExp][] = [
    [{ classes: [] }, />= 2 classes to tell apart: there are none/],
    [{ classes: ["rows"] }, /there is 1, "rows"/],
    [{ classes: ["rows", "dots", "rows"] }, /class "rows" twice/],
    [
      { validationSplit: 1 },
      /validationSplit must be in \[0, 1\): current value is 1/,
    ],
    [{ dropout: -0.1 }, /dropout must be in \[0, 1\)/],
    [{ labelSmoothing: { epsilon: 1 } }, /epsilon must be in \[0, 1\)/],
    [{ labelSmoothing: { epsilon: 0, priors: [1] } }, /1 priors/],
    [{ augmentations: 0 }, /augmentations must be a whole number >= 1/],
    [{ hiddenUnits: 1.5 }, /hiddenUnits must be a whole number in 1\.\.16384/],
    [{ epochs: 0 }, /epochs must be/],
    [{ batchSize: NaN }, /batchSize must be/],
    [{ patience: 0 }, /patience must be/],
    [{ learningRate: 0 }, /learningRate must be finite and > 0/],
  ];
  async function* untouched(): AsyncGenerator<LabelledImage> {
    yield await Promise.reject(new Error("an image was asked for"));
  }
  for (const [options, message] of cases) {
    await assert.rejects(
      finetune(base, untouched(), {
        ...OPTIONS,
        ...options,
      }),
      { name: "ArgumentError", message },
    );
  }
});

Deno.test("finetune() says that learning has diverged", async () => {
  const options = {
    ...OPTIONS,
    epochs: 3,
    learningRate: 1e37,
    validationSplit: 0,
  };
  await assert.rejects(finetune(base, photos(5), options), (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.match(error.message, /"Logits" as its values must be finite/);
    return true;
  });
});

Deno.test("finetune() names a class without a photo to learn from", async () => {
  const classes = [...CLASSES, "stars"];
  await assert.rejects(finetune(base, photos(1), { ...OPTIONS, classes }), {
    name: "ArgumentError",
    message: 'Cannot learn "stars" as it has no photo',
  });
});

Deno.test("finetune() stops when its signal fires, and closes the photos", async () => {
  for (const last of ["features", "learning"]) {
    const controller = new AbortController();
    let closed = false;
    const closing = async function* () {
      try {
        yield* photos(2);
      } finally {
        closed = true;
      }
    };
    await assert.rejects(
      finetune(base, closing(), {
        ...OPTIONS,
        signal: controller.signal,
        onImage: () => last === "features" && controller.abort("enough"),
        onEpoch: () => last === "learning" && controller.abort("enough"),
      }),
      { name: "AbortError", cause: "enough" },
    );
    assert.ok(closed);
  }
});

Deno.test("finetune() needs nothing of tfjs that int8 doesn't", async () => {
  const modules = async (path: string) => {
    const info = JSON.parse(await runDeno(["info", "--json", path], ROOT));
    return info.modules.map((it: { specifier: string }) => it.specifier)
      .filter((it: string) => /tfjs|tensorflow/.test(it)).sort();
  };
  assert.deepEqual(
    await modules("src/train/finetune.ts"),
    await modules("src/int8.ts"),
  );
  await finetune(base, photos(1), { ...OPTIONS, epochs: 1 });
  assert.ok(!("_tfengine" in globalThis)); // The global that tfjs leaves behind.
});

/** `count` images of each pattern. */
async function* photos(count: number): AsyncGenerator<LabelledImage> {
  for (const label of CLASSES) {
    for (let i = 0; i < count; i++) {
      yield await Promise.resolve({ image: patternImage(label, 90, i), label });
    }
  }
}

async function reread(network: QuantizedNetwork): Promise<QuantizedNetwork> {
  return await readNetwork(writeNetwork(network).stream);
}

import assert from "node:assert/strict";
import { type FeatureTable, memoryTable } from "../../src/train/features.ts";
import {
  type Epoch,
  learnHead,
  type LearnOptions,
} from "../../src/train/learn_head.ts";
import { randomNumbers, truncatedNormal } from "../../src/train/random.ts";

const CLASSES = 4;
const INPUTS = 40;
const SHAPE = { inputs: INPUTS, hiddenUnits: [], classes: CLASSES };
const OPTIONS: Omit<LearnOptions, "random"> = {
  labelSmoothing: { epsilon: 0.1 },
  dropout: 0,
  optimizer: "rmsprop",
  learningRate: 0.045,
  batchSize: 16,
  epochs: 20,
  patience: 60,
};

/**
 * Points around one centre per class; a part of the labels is wrong.
 *
 * @param seed Selects the points; the centres are the same for all seeds.
 */
function points(count: number, seed: number, wrong: number): FeatureTable {
  const centres = Array.from(
    { length: CLASSES },
    (_, k) => truncatedNormal(INPUTS, 0.7, randomNumbers(1000 + k)),
  );
  const random = randomNumbers(seed);
  const table = memoryTable();
  for (let i = 0; i < count; i++) {
    const actual = i % CLASSES;
    const around = truncatedNormal(INPUTS, 1.5, random);
    const label = random() < wrong ? Math.floor(random() * CLASSES) : actual;
    table.add(around.map((it, k) => 3 + it + centres[actual]![k]!), label);
  }
  return table;
}

async function learn(
  options: Partial<LearnOptions> = {},
  { learnt = points(120, 1, 0), heldOut = points(200, 2, 0), hidden = 0 } = {},
) {
  return await learnHead(
    { ...SHAPE, hiddenUnits: hidden ? [hidden] : [] },
    learnt,
    heldOut,
    { ...OPTIONS, random: randomNumbers(7), ...options },
  );
}

Deno.test("learnHead() beats chance by far, by each rule, with a hidden layer too", async () => {
  for (
    const [options, hidden] of [
      [{}, 0],
      [{ dropout: 0.3, optimizer: "adam", learningRate: 0.003 }, 24],
    ] as const
  ) {
    const { epochs, bestEpoch } = await learn(options, { hidden });
    const { accuracy, loss } = epochs[bestEpoch - 1]!.heldOut!;
    assert.ok(accuracy > 0.8, `${accuracy}`);
    assert.ok(loss < 0.75, `${loss}`);
    assert.ok(epochs.at(-1)!.loss < epochs[0]!.loss);
    const least = Math.min(...epochs.map((it) => it.heldOut!.loss));
    assert.equal(loss, least);
  }
});

Deno.test("label smoothing lowers the loss on held-out rows when labels are noisy", async () => {
  // As few rows as features, so they can be memorized.
  const tables = { learnt: points(48, 3, 0.4), heldOut: points(400, 4, 0) };
  const lossWith = async (epsilon: number) => {
    const options = {
      labelSmoothing: { epsilon },
      learningRate: 0.5,
      epochs: 60,
    };
    const { epochs } = await learn(options, tables);
    return epochs.at(-1)!.heldOut!.loss;
  };
  const [none, smoothed] = [await lossWith(0), await lossWith(0.1)];
  assert.ok(smoothed < 0.95 * none, `${none} without, ${smoothed} with`);
});

Deno.test("learnHead() repeats to the bit by its seed", async () => {
  const options = () => ({ epochs: 4, dropout: 0.5, random: randomNumbers(9) });
  const [one, two] = [await learn(options()), await learn(options())];
  assert.deepEqual(one, two);
  const other = await learn({ ...options(), random: randomNumbers(10) });
  assert.notDeepEqual(one.layers, other.layers);
});

Deno.test("learnHead() ends when it gets no better, and gives what was best", async () => {
  const seen: Epoch[] = [];
  const { epochs, bestEpoch, layers } = await learn({
    labelSmoothing: { epsilon: 0 },
    learningRate: 0.3,
    epochs: 200,
    patience: 3,
    onEpoch: (it) => seen.push(it),
  }, { learnt: points(80, 5, 0.4) });
  assert.deepEqual(seen, epochs);
  assert.equal(epochs.length, bestEpoch + 3);
  const again = await learn({
    labelSmoothing: { epsilon: 0 },
    learningRate: 0.3,
    epochs: bestEpoch,
  }, { learnt: points(80, 5, 0.4) });
  assert.deepEqual(layers, again.layers);
});

Deno.test("learnHead() goes to the end where nothing is held out", async () => {
  const { epochs, bestEpoch } = await learn({ epochs: 3 }, {
    heldOut: memoryTable(),
  });
  assert.equal(bestEpoch, 3);
  assert.deepEqual(epochs.map((it) => it.heldOut), [null, null, null]);
});

Deno.test("learnHead() follows priors where the labels say nothing", async () => {
  const learnt = memoryTable();
  for (let i = 0; i < 64; i++) learnt.add(Float32Array.of(1, 1), i % 2);
  const { layers } = await learnHead(
    { inputs: 2, hiddenUnits: [], classes: 2 },
    learnt,
    memoryTable(),
    {
      ...OPTIONS,
      learningRate: 0.5,
      random: randomNumbers(1),
      labelSmoothing: { epsilon: 0.8, priors: [0.9, 0.1] },
    },
  );
  // q' = 0.1 + 0.72 on average, and the logits' difference is its log-odds.
  const [first, second] = layers.get("Logits")!.bias;
  const odds = Math.exp(first! - second!);
  assert.ok(Math.abs(odds / (1 + odds) - 0.82) < 0.02, `${odds}`);
});

Deno.test("learnHead() says when the learning rate is too large", async () => {
  await assert.rejects(learn({ learningRate: 1e39 }), {
    name: "ArgumentError",
    message: /the loss is (NaN|Infinity): choose a learning rate below 1e\+39/,
  });
});

Deno.test("learnHead() stops when its signal fires", async () => {
  const controller = new AbortController();
  let epochs = 0;
  await assert.rejects(
    learn({
      signal: controller.signal,
      onEpoch() {
        if (++epochs === 2) controller.abort("enough");
      },
    }),
    { name: "AbortError", cause: "enough" },
  );
  assert.equal(epochs, 2);
});

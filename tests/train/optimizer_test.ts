import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import {
  createOptimizer,
  learningRateAt,
  type OptimizerRule,
} from "../../src/train/optimizer.ts";
import { createTensorOptimizer } from "../../src/train/tfjs_optimizer.ts";

await loadTfjs("wasm");
await tf.setBackend("wasm");

/** The gradients of three steps for two parameters; those of the second step are long. */
const GRADIENTS = [
  { a: [0.1, -0.2], b: [0.3] },
  { a: [3, 4], b: [12] }, // Its norm is 13.
  { a: [-1, 0], b: [0] },
];
const INITIAL = { a: [1, 2], b: [-1] };
const RATE = 0.1;

Deno.test("RMSProp has the decay 0.9 and epsilon 1.0, and clips gradients at 2.0", () => {
  const squares = { a: [1, 1], b: [1] };
  const expected = structuredClone(INITIAL);
  for (const [gradients, scale] of scaled()) {
    for (const name of ["a", "b"] as const) {
      for (const [i, value] of gradients[name].entries()) {
        const gradient = value * scale;
        squares[name][i] = 0.9 * squares[name][i]! + 0.1 * gradient ** 2;
        expected[name][i]! -= RATE * gradient /
          Math.sqrt(squares[name][i]! + 1);
      }
    }
  }
  for (const run of RUNS) assertClose(run("rmsprop").parameters, expected);
});

Deno.test("Adam corrects for its beginning", () => {
  const squares = { a: [0, 0], b: [0] };
  const momenta = { a: [0, 0], b: [0] };
  const expected = structuredClone(INITIAL);
  for (const [step, [gradients, scale]] of scaled().entries()) {
    for (const name of ["a", "b"] as const) {
      for (const [i, value] of gradients[name].entries()) {
        const gradient = value * scale;
        const m = momenta[name][i] = 0.9 * momenta[name][i]! + 0.1 * gradient;
        const v = squares[name][i] = 0.999 * squares[name][i]! +
          0.001 * gradient ** 2;
        expected[name][i]! -= RATE * m / (1 - 0.9 ** (step + 1)) /
          (Math.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8);
      }
    }
  }
  for (const run of RUNS) assertClose(run("adam").parameters, expected);
});

Deno.test("the average follows the weights, faster at first", () => {
  for (const run of RUNS) {
    const { history, averages } = run("rmsprop");
    let expected = INITIAL;
    for (const [i, now] of history.entries()) {
      const decay = (2 + i) / (11 + i);
      const blend = (from: number[], to: number[]) =>
        from.map((it, k) => decay * it + (1 - decay) * to[k]!);
      expected = { a: blend(expected.a, now.a), b: blend(expected.b, now.b) };
    }
    assertClose(averages, expected);
  }
});

Deno.test("the learning rate decays by 0.94 every two epochs", () => {
  assert.equal(learningRateAt(0, 0.045), 0.045);
  assert.equal(learningRateAt(1, 0.045), 0.045);
  assert.equal(learningRateAt(2, 0.045), 0.045 * 0.94);
  assert.ok(Math.abs(learningRateAt(9, 1) - 0.94 ** 4) < 1e-15);
});

Deno.test("gradients of zero change nothing, and no tensor is left behind", () => {
  const tensors = tf.memory().numTensors;
  {
    const zero = new Map([["a", tf.tensor1d([0, 0])]]);
    using optimizer = createTensorOptimizer(
      tf,
      "rmsprop",
      new Map([["a", tf.tensor1d([1, 2])]]),
    );
    for (let i = 0; i < 3; i++) optimizer.step(zero, RATE);
    assert.deepEqual([...optimizer.parameters.get("a")!.dataSync()], [1, 2]);
    assert.deepEqual([...optimizer.averages.get("a")!.dataSync()], [1, 2]);
    zero.get("a")!.dispose();
  }
  assert.equal(tf.memory().numTensors, tensors);
  for (const rule of ["rmsprop", "adam"] as const) {
    const parameters = Float32Array.of(1, 2);
    const optimizer = createOptimizer(rule, parameters);
    for (let i = 0; i < 3; i++) optimizer.step(new Float32Array(2), RATE);
    assert.deepEqual([...parameters], [1, 2]);
    assert.deepEqual([...optimizer.averages], [1, 2]);
  }
});

/** Each step's gradients after clipping. */
function scaled() {
  return GRADIENTS.map((it) => {
    const norm = Math.hypot(...it.a, ...it.b);
    return [it, Math.min(1, 2 / norm)] as const;
  });
}

type Values = typeof INITIAL;

/** The result of the steps. */
interface Run {
  /** The values after each step. */
  readonly history: readonly Values[];
  readonly averages: Values;
  /** The values after the last step. */
  readonly parameters: Values;
}

/** On arrays, for a head, and on tensors, for a whole network. */
const RUNS: readonly ((rule: OptimizerRule) => Run)[] = [runArrays, runTensors];

function runArrays(rule: OptimizerRule): Run {
  const flat = ({ a, b }: Values) => Float32Array.of(...a, ...b);
  const read = ([a0, a1, b0]: Float32Array): Values => ({
    a: [a0!, a1!],
    b: [b0!],
  });
  const parameters = flat(INITIAL);
  const optimizer = createOptimizer(rule, parameters);
  const history = GRADIENTS.map((gradients) => {
    optimizer.step(flat(gradients), RATE);
    return read(parameters);
  });
  const averages = read(optimizer.averages);
  return { history, averages, parameters: history.at(-1)! };
}

function runTensors(rule: OptimizerRule): Run {
  const tensorsOf = ({ a, b }: Values) =>
    new Map([["a", tf.tensor1d(a)], ["b", tf.tensor1d(b)]]);
  using optimizer = createTensorOptimizer(tf, rule, tensorsOf(INITIAL));
  const read = (tensors: typeof optimizer.parameters): Values => ({
    a: [...tensors.get("a")!.dataSync()],
    b: [...tensors.get("b")!.dataSync()],
  });
  const history = GRADIENTS.map((gradients) => {
    const tensors = tensorsOf(gradients);
    optimizer.step(tensors, RATE);
    for (const it of tensors.values()) it.dispose();
    return read(optimizer.parameters);
  });
  const averages = read(optimizer.averages);
  return { history, averages, parameters: history.at(-1)! };
}

function assertClose(found: Values, expected: Values): void {
  for (const name of ["a", "b"] as const) {
    for (const [i, value] of expected[name].entries()) {
      const difference = Math.abs(found[name][i]! - value);
      assert.ok(difference < 1e-5, `${name}: ${found[name]} ${expected[name]}`);
    }
  }
}

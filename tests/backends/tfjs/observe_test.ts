import assert from "node:assert/strict";
import { tf } from "../../tfjs.ts";
import {
  type Observer,
  openObserved,
  openSimulation,
} from "../../../src/backends/tfjs/observe.ts";
import {
  type Graph,
  inceptionV3,
  inferShapes,
  INPUT,
  type Network,
  type Node,
  nodeInputs,
  nodesFor,
  type QuantizedNetwork,
  type Shape,
} from "../../../src/model/mod.ts";
import { firstActivations } from "../../../src/model/first_activations.ts";
import { channelAbsMax } from "../../../src/model/abs_max.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
} from "../../../src/weights/mod.ts";
import { forEachPacked } from "../../../src/weights/quantize/pack.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { evaluate, windows } from "../../reference.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const pixels = noise(75);

/** The error of f32 sums, in codes. */
const ROUNDING = 2e-3;

for (const bits of [8, 7] as const) {
  for (const countIncludePad of [false, true]) {
    Deno.test(`openSimulation() computes with ${bits}-bit codes as with whole numbers, with countIncludePad ${countIncludePad}`, async () => {
      const padded: Network = {
        ...network,
        architecture: { ...network.architecture, countIncludePad },
      };
      const graph = inceptionV3({ ...padded.architecture, variant: 75 });
      const quantized = quantize(padded);
      const { values, result } = await runSimulation(quantized, graph, bits);
      const first = firstActivations(graph);
      const levelsOf = (name: string) =>
        name === INPUT || first.has(name) ? 255 : 2 ** bits - 1;
      const ranges = channelAbsMax(graph, quantized.absMax);
      const shapes = inferShapes(graph);
      const codes = new Map([[INPUT, imageCodes()]]);
      const used = new Set<number>();
      for (const node of nodesFor(graph, graph.outputs.features)) {
        const range = ranges.get(node.name);
        if (range === undefined) continue; // The features are f32.
        const levels = levelsOf(node.name);
        const found = codesOf(values.get(node.name)!, range, levels);
        const inputs = nodeInputs(node).map((name) => ({
          shape: shapes.get(name)!,
          codes: codes.get(name)!,
          ranges: ranges.get(name)!,
          levels: levelsOf(name),
        }));
        const shape = shapes.get(node.name)!;
        const exact = compute(quantized, node, inputs, shape, levels);
        assert.equal(found.length, exact.length, node.name);
        const most = Math.max(...found.map((it, i) => {
          if (levels < 2 ** bits) used.add(it);
          return Math.abs(it - exact[i]!);
        }));
        const allowed = isRequantized(node) ? 0.5 + ROUNDING : 0;
        assert.ok(most <= allowed, `${node.name} is off by ${most} codes`);
        codes.set(node.name, found);
      }
      // More than a few codes, and the last one not only by clipping.
      const levels = 2 ** bits - 1;
      assert.ok(used.has(0) && used.has(levels));
      assert.ok(used.size > levels * 0.9, `${used.size} codes are used`);
      assertLogits(quantized, graph, values, result);
    });
  }
}

Deno.test("openSimulation() sees each node once, in order", async () => {
  const quantized = quantize(network);
  const seen: string[] = [];
  const values = new Map<string, Float32Array>();
  using session = await openSimulation(
    quantized,
    graph,
    8,
    ({ name }, read) => {
      seen.push(name);
      values.set(name, read(1));
    },
  );
  const { features, logits } = graph.outputs;
  const found = await session.run(pixels, "features");
  assert.deepEqual(seen, nodesFor(graph, features).map(({ name }) => name));
  assert.deepEqual(values.get(features), found);
  assert.ok(!values.has(logits!));
});

Deno.test("openSimulation() gives the same answer whether it is looked at or not", async () => {
  const quantized = quantize(network);
  using alone = await openSimulation(quantized, graph, 8);
  const { result } = await runSimulation(quantized, graph, 8);
  assert.deepEqual(await alone.run(pixels, "logits"), result);
});

Deno.test("openSimulation() cuts off what is above the range", async () => {
  const quantized = quantize(network);
  const name = "Conv2d_2a_3x3";
  const { values } = await runSimulation(quantized, graph, 8);
  const before = values.get(name)!;
  const half = before.reduce((a, b) => Math.max(a, b)) / 2;
  const cut: QuantizedNetwork = {
    ...quantized,
    absMax: (it) => it === name ? half : quantized.absMax(it),
  };
  const after = (await runSimulation(cut, graph, 8)).values.get(name)!;
  assert.ok(before.some((it) => it > half));
  const step = half / 255 + quantized.absMax(name) / 255;
  for (const [i, value] of before.entries()) {
    const expected = Math.min(half, value);
    assert.ok(Math.abs(after[i]! - expected) < step, `${after[i]}`);
  }
});

Deno.test("openObserved() shows what the scalar reference computes", async () => {
  const expected = evaluate(network, graph, pixels);
  const seen: string[] = [];
  using session = await openObserved(network, graph, ({ name }, read) => {
    seen.push(name);
    const { shape, values } = expected.get(name)!;
    const channels = shape[2];
    for (const every of [1, 2, 7, 50, 10_000]) {
      const part = values.filter((_, i) =>
        Math.floor(i / channels) % every === 0
      );
      const found = read(every);
      assert.equal(found.length, part.length, `${name}, ${every}`);
      const most = found.reduce(
        (most, it, i) => Math.max(most, Math.abs(it - part[i]!)),
        0,
      );
      assert.ok(most < 1e-4, `${name}, every ${every}, differs by ${most}`);
    }
  });
  const found = await session.run(pixels, "probabilities");
  assert.deepEqual(seen, graph.nodes.map(({ name }) => name));
  const { values } = expected.get(graph.outputs.probabilities!)!;
  assert.ok(found.every((it, i) => Math.abs(it - values[i]!) < 1e-5));
});

Deno.test("openObserved() shows values that stay as they were", async () => {
  const first = new Map<string, Float32Array>();
  const copies = new Map<string, Float32Array>();
  using session = await openObserved(network, graph, ({ name }, read) => {
    if (first.has(name)) return;
    first.set(name, read(1));
    copies.set(name, first.get(name)!.slice());
  });
  await session.run(pixels, "logits");
  await session.run(noise(75, 2), "logits");
  assert.deepEqual(first, copies);
});

for (
  const [name, open] of [
    [
      "openObserved()",
      (observe: Observer) => openObserved(network, graph, observe),
    ],
    [
      "openSimulation()",
      (observe: Observer) =>
        openSimulation(quantize(network), graph, 8, observe),
    ],
  ] as const
) {
  Deno.test(`${name} leaves no tensor behind`, async () => {
    (await open(() => {}))[Symbol.dispose](); // Initializes the backend.
    const before = tf.memory().numTensors;
    const session = await open((_, read) => void (read(1), read(3)));
    const opened = tf.memory().numTensors;
    assert.ok(opened > before);
    for (let i = 0; i < 3; i++) await session.run(pixels, "logits");
    assert.equal(tf.memory().numTensors, opened);
    session[Symbol.dispose]();
    assert.equal(tf.memory().numTensors, before);
  });

  Deno.test(`${name} leaves no tensor behind when the observer fails`, async () => {
    using session = await open(({ name }, read) => {
      read(2);
      if (name === "Mixed_5c") throw new Error("enough seen");
    });
    const opened = tf.memory().numTensors;
    await assert.rejects(session.run(pixels, "logits"), /enough seen/);
    assert.equal(tf.memory().numTensors, opened);
  });
}

/** The activations of all nodes in a run, and its logits. */
async function runSimulation(
  network: QuantizedNetwork,
  graph: Graph,
  bits: 7 | 8,
) {
  const values = new Map<string, Float32Array>();
  using session = await openSimulation(
    network,
    graph,
    bits,
    ({ name }, read) => void values.set(name, read(1)),
  );
  return { values, result: await session.run(pixels, "logits") };
}

/** Converts an activation, all of whose values must be codes. */
function codesOf(
  values: Float32Array,
  ranges: Float32Array,
  levels: number,
): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const exact = value * levels / ranges[i % ranges.length]!;
    const code = Math.round(exact);
    assert.ok(Math.abs(exact - code) < 1e-4, `${exact} is no code`);
    assert.ok(code >= 0 && code <= levels, `${code} is out of range`);
    return code;
  });
}

function imageCodes(): Float64Array {
  return Float64Array.from(pixels.filter((_, i) => i % 4 < 3));
}

/** Whether a node computes codes instead of passing them on. */
function isRequantized({ op }: Node): boolean {
  return op === "conv" || op === "avgPool";
}

/** An activation as codes, which mean `q * range / levels`. */
interface Codes {
  readonly shape: Shape;
  readonly codes: Float64Array;
  readonly ranges: Float32Array;
  readonly levels: number;
}

/** Computes the unrounded codes of a node from those of its inputs. */
function compute(
  network: QuantizedNetwork,
  node: Node,
  inputs: readonly Codes[],
  shape: Shape,
  levels: number,
): Float64Array {
  const x = inputs[0]!;
  const [, , channels] = shape;
  const toCode = (value: number) =>
    Math.min(levels, Math.max(0, value * levels / network.absMax(node.name)));
  switch (node.op) {
    case "conv": {
      const { weight, scale, bias } = network.quantized(node.name);
      const [kernelHeight, kernelWidth] = node.kernel;
      const plain = new Int8Array(
        kernelHeight * kernelWidth * x.shape[2] * channels,
      );
      const extents = {
        kernelHeight,
        kernelWidth,
        inputs: x.shape[2],
        outputs: channels,
      };
      forEachPacked(extents, (at, packed) => plain[at] = weight[packed]!);
      return windows(x, shape, node.kernel, node, (taps, c) => {
        let sum = 0; // Exact, since it sums integers.
        for (const { at, tap } of taps) {
          for (let i = 0; i < x.shape[2]; i++) {
            sum += x.codes[at + i]! *
              plain[(tap * x.shape[2] + i) * channels + c]!;
          }
        }
        return toCode(sum * scale[c]! / x.levels + bias[c]!);
      });
    }
    case "avgPool":
      return windows(x, shape, [node.size, node.size], node, (taps, c) => {
        const sum = taps.reduce((sum, { at }) => sum + x.codes[at + c]!, 0);
        const count = node.countIncludePad ? node.size ** 2 : taps.length;
        return toCode(sum / count * x.ranges[c]! / levels);
      });
    case "maxPool":
      return windows(
        x,
        shape,
        [node.size, node.size],
        node,
        (taps, c) => Math.max(...taps.map(({ at }) => x.codes[at + c]!)),
      );
    case "concat": {
      const pixels = shape[0] * shape[1];
      const codes: number[] = [];
      for (let i = 0; i < pixels; i++) {
        for (const { shape: [, , own], codes: part } of inputs) {
          codes.push(...part.subarray(i * own, (i + 1) * own));
        }
      }
      return Float64Array.from(codes);
    }
    default:
      throw new Error(`${node.name} has no codes`);
  }
}

/** Asserts that the layers after the features are computed in f32 from int8 weights. */
function assertLogits(
  network: QuantizedNetwork,
  graph: Graph,
  values: ReadonlyMap<string, Float32Array>,
  logits: Float32Array,
): void {
  let dense = 0;
  for (const node of graph.nodes) {
    if (node.op !== "dense") continue;
    const x = values.get(node.input)!;
    const { weight, scale, bias } = network.quantized(node.name);
    const found = values.get(node.name)!;
    for (let unit = 0; unit < node.units; unit++) {
      const sum = x.reduce(
        (sum, it, i) => sum + it * weight[unit * x.length + i]!,
        0,
      );
      const linear = sum * scale[unit]! + bias[unit]!;
      const expected = node.activation === "relu"
        ? Math.max(0, linear)
        : linear;
      assert.ok(Math.abs(found[unit]! - expected) < 1e-4, node.name);
    }
    dense++;
  }
  assert.equal(dense, 2);
  assert.deepEqual(values.get(graph.outputs.logits!), logits);
}

/** Quantizes with ranges that some values exceed. */
function quantize(network: Network): QuantizedNetwork {
  const graph = inceptionV3(network.architecture);
  const { ranges, ...calibration } = calibrateByBatchNorm(network, graph);
  const tight = new Map(
    [...ranges].map(([name, range]) => [name, range * 0.3]),
  );
  return quantizeNetwork(network, { ...calibration, ranges: tight }, {
    source: "random numbers",
    license: "CC0-1.0",
  });
}

async function narrowNetwork(): Promise<Network> {
  return await importModel({
    architecture: { widthMultiplier: 1 / 16, classes: 7, hiddenUnits: [9] },
    gamma: true,
  });
}

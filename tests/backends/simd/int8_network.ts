/**
 * A network with random int8 weights, its expected activations in scalar code, and its
 * program in a separate memory.
 */
import assert from "node:assert/strict";
import type { KernelConfig } from "../../../src/backends/simd/kernel_config.ts";
import { writeNetwork } from "../../../src/backends/simd/encode.ts";
import { planMemory } from "../../../src/backends/simd/layout.ts";
import {
  planGraph,
  type PlannedKernels,
} from "../../../src/backends/simd/plan.ts";
import type { Slice } from "../../../src/backends/int8/plan_activations.ts";
import { readActivations } from "../../../src/backends/int8/read_activations.ts";
import {
  type Graph,
  inferShapes,
  INPUT,
  isWeighted,
  type QuantizedLayer,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { channelAbsMax } from "../../../src/model/abs_max.ts";
import { firstActivations } from "../../../src/model/first_activations.ts";
import {
  convExtents,
  forEachPacked,
  packedShape,
} from "../../../src/weights/quantize/pack.ts";
import { randomNumbers } from "../../random.ts";
import type { KernelInstance } from "./kernels/kernels.ts";
import {
  averagePool,
  type Codes,
  convolve,
  dense,
  flatten,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  requantize,
  sigmoid,
  softmax,
} from "./kernels/reference.ts";
import { filled } from "../../filled.ts";

/** The part of a network that a program is made from. */
export type Int8Network = Pick<QuantizedNetwork, "quantized" | "absMax">;

/** Makes weights that use the range of codes, and clamp some of them. */
export function randomNetwork(graph: Graph, seed: number): Int8Network {
  const random = randomNumbers(seed);
  const shapes = inferShapes(graph);
  const ranges = new Map(
    graph.nodes.map(({ name }) => [name, 0.5 + 4 * random()]),
  );
  const weight = () => Math.floor(random() * 255) - 127;
  const layers = new Map<string, QuantizedLayer>();
  for (const node of graph.nodes.filter(isWeighted)) {
    const input = shapes.get(node.input)!;
    const [, , outputs] = shapes.get(node.name)!;
    const range = node.op === "conv" ? ranges.get(node.name)! : 1;
    let weights: Int8Array;
    let values = input[2];
    if (node.op === "conv") {
      const extents = convExtents(node, input);
      weights = new Int8Array(packedShape(extents).reduce((a, b) => a * b));
      forEachPacked(extents, (_, to) => weights[to] = weight());
      values *= node.kernel[0] * node.kernel[1];
    } else {
      weights = filled(Int8Array, outputs * values, weight);
    }
    layers.set(node.name, {
      weight: weights,
      scale: filled(
        Float32Array,
        outputs,
        () => range * (0.5 + random()) / (64 * Math.sqrt(values)),
      ),
      bias: filled(Float32Array, outputs, () => range * (random() - 0.3)),
    });
  }
  return {
    quantized: (name) => layers.get(name)!,
    absMax: (name) => ranges.get(name)!,
  };
}

/** Computes the activations of all nodes, by name: codes, then f32. */
export function evaluate(
  network: Int8Network,
  graph: Graph,
  pixels: Uint8Array,
  bits: 7 | 8,
): ReadonlyMap<string, Float32Array | Uint8Array> {
  const shapes = inferShapes(graph);
  const ranges = channelAbsMax(graph, (name) => network.absMax(name));
  const found = new Map<string, Float32Array | Uint8Array>([
    [INPUT, pixels.filter((_, i) => i % 4 < 3)],
  ]);
  const codesOf = (name: string): Codes => ({
    shape: shapes.get(name)!,
    values: found.get(name) as Uint8Array,
  });
  const vectorOf = (name: string) => found.get(name) as Float32Array;
  // The first activations have 8 bits, like the image.
  const largest = (name: string) =>
    name === INPUT || firstActivations(graph).has(name) ? 255 : 2 ** bits - 1;
  for (const node of graph.nodes) {
    const { name } = node;
    const shape = shapes.get(name)!;
    const qmax = largest(name);
    const compute = () => {
      switch (node.op) {
        case "conv": {
          const input = codesOf(node.input);
          const { weight, scale, bias } = network.quantized(name);
          const { kernel, input: source } = node;
          const extents = convExtents(node, input.shape);
          const length = kernel[0] * kernel[1] * input.shape[2] * shape[2];
          const weights = new Int8Array(length);
          forEachPacked(extents, (to, from) => weights[to] = weight[from]!);
          const most = largest(source);
          const range = network.absMax(name);
          const sums = convolve(input, shape, kernel, node, weights);
          return requantize(sums, {
            multipliers: scale.map((it) => it / range * (qmax / most)),
            offsets: bias.map((it) => it / range * qmax + 0.5),
            starts: new Int32Array(shape[2]),
          }, qmax);
        }
        case "maxPool":
          return maxPool(codesOf(node.input), shape, node.size, node);
        case "avgPool": {
          const range = network.absMax(name);
          const multipliers = ranges.get(node.input)!.map((it) => it / range);
          const { input, size, countIncludePad } = node;
          return averagePool(
            codesOf(input),
            shape,
            size,
            node,
            countIncludePad,
            multipliers,
            qmax,
          );
        }
        case "concat": {
          const parts = node.inputs.map(codesOf);
          const values = new Uint8Array(shape[0] * shape[1] * shape[2]);
          let at = 0;
          for (let pixel = 0; pixel < shape[0] * shape[1]; pixel++) {
            for (const { shape: [, , channels], values: from } of parts) {
              const start = pixel * channels;
              values.set(from.subarray(start, start + channels), at);
              at += channels;
            }
          }
          return values;
        }
        case "globalAvgPool": {
          const input = codesOf(node.input);
          const scale = qmax * input.shape[0] * input.shape[1];
          const multipliers = ranges.get(node.input)!.map((it) => it / scale);
          return globalAveragePool(input, multipliers);
        }
        case "globalMaxPool": {
          const multipliers = ranges.get(node.input)!.map((it) => it / qmax);
          return globalMaxPool(codesOf(node.input), multipliers);
        }
        case "flatten": {
          const multipliers = ranges.get(node.input)!.map((it) => it / qmax);
          return flatten(codesOf(node.input), multipliers);
        }
        case "dense": {
          const { weight, scale, bias } = network.quantized(name);
          const relu = node.activation === "relu";
          return dense(vectorOf(node.input), weight, scale, bias, relu);
        }
        case "softmax":
          return softmax(vectorOf(node.input));
        case "sigmoid":
          return sigmoid(vectorOf(node.input));
      }
    };
    found.set(name, compute());
  }
  return found;
}

/** Runs a network's program for each output; returns all outputs by node name. */
export function runProgram(
  { memory, exports }: KernelInstance,
  network: Int8Network,
  graph: Graph,
  pixels: Uint8Array,
  build: PlannedKernels,
  config: KernelConfig,
): ReadonlyMap<string, Float32Array | Uint8Array> {
  const bytes = config.bytes === "convPlain" ? "plain" : build;
  const plan = planGraph(graph, build, bytes);
  const layout = planMemory(plan, 1, 1);
  const [slot] = layout.slots;
  const [scratch] = layout.scratch;
  assert.ok(layout.bytes <= memory.length, `It takes ${layout.bytes} bytes`);
  // Results must not depend on remains of an earlier image.
  memory.fill(0, layout.weights);
  memory.fill(0xee, slot!.arena, slot!.arena + plan.arenaBytes);
  memory.fill(0xee, scratch);

  writeNetwork({ memory, layout, plan, config }, network);
  const results = Array.from(plan.outputs, ([output, result]) => {
    memory.set(pixels, slot!.arena + plan.image.offset);
    assert.equal(exports.run(slot!.program, result.levels, scratch!), 1);
    const { buffer } = memory;
    const { place } = result;
    const values = "buffer" in place
      ? codesOf(new Uint8Array(buffer, slot!.arena), place, config)
      : new Float32Array(buffer, slot!.vectors + place.offset, place.length)
        .slice();
    return [graph.outputs[output]!, values] as const;
  });
  const beyond = memory.subarray(layout.bytes);
  assert.ok(beyond.every((it) => it === 0xee), "It writes beyond its memory");
  return new Map(results);
}

/** Activations whose codes stand for themselves. */
function codesOf(
  arena: Uint8Array,
  slice: Slice,
  config: KernelConfig,
): Uint8Array {
  const ranges = new Float32Array(slice.channels).fill(
    2 ** config.bits - 1,
  );
  return Uint8Array.from(readActivations(arena, slice, ranges, config));
}

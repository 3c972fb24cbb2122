/**
 * Makes Inception-v3 models as PyTorch `state_dict`s with random weights: small models
 * that differ from real ones only in their width.
 */
import { inceptionV3, inferShapes } from "../src/model/mod.ts";
import { elementCount } from "../src/model/shapes.ts";
import {
  parseHeader,
  type SafetensorsHeader,
} from "../src/weights/safetensors/header.ts";
import { writeSafetensors } from "../src/weights/safetensors/write.ts";
import type { TorchState } from "../src/weights/torch/collect_states.ts";
import { NARROW } from "./layers_model.ts";
import { randomNumbers } from "./random.ts";
import { filled } from "./filled.ts";

/** A tensor's values, all representable in its dtype. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly dtype: "F32" | "F16" | "BF16" | "I64";
  readonly values: Float32Array;
}

/** Tensors by name; tests modify them. */
export type StateDict = Map<string, TorchTensor>;

/** Makes the state dict of an Inception-v3 at a sixteenth of the width. */
export function makeStateDict(
  dtype: "F32" | "F16" | "BF16" = "F32",
  auxiliary = false,
): StateDict {
  const graph = inceptionV3({ ...NARROW, auxiliary });
  const shapes = inferShapes(graph);
  const random = randomNumbers(1);
  const state: StateDict = new Map();
  const add = (name: string, shape: number[], min: number, max: number) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const values = filled(
      Float32Array,
      length,
      () => round(min + random() * (max - min), dtype),
    );
    state.set(name, { shape, dtype, values });
  };
  for (const node of graph.nodes) {
    const module = node.name === "Logits" ? "fc" : node.name.replace("/", ".");
    if (node.op === "dense") {
      const inputs = elementCount(shapes.get(node.input)!);
      add(`${module}.weight`, [node.units, inputs], -0.3, 0.3);
      add(`${module}.bias`, [node.units], -0.3, 0.3);
    }
    if (node.op !== "conv") continue;
    const inputs = shapes.get(node.input)![2];
    const bound = Math.sqrt(6 / (node.kernel[0] * node.kernel[1] * inputs));
    const { channels } = node;
    const shape = [channels, inputs, ...node.kernel];
    add(`${module}.conv.weight`, shape, -bound, bound);
    add(`${module}.bn.weight`, [channels], 0.5, 1.5);
    add(`${module}.bn.bias`, [channels], -0.3, 0.5);
    add(`${module}.bn.running_mean`, [channels], -0.3, 0.3);
    add(`${module}.bn.running_var`, [channels], 0.5, 2);
    state.set(`${module}.bn.num_batches_tracked`, {
      shape: [],
      dtype: "I64",
      values: Float32Array.of(0),
    });
  }
  return state;
}

/** Converts a state dict to the form that file readers return. */
export function asState(state: StateDict): TorchState {
  const tensors = [...state].map(([name, { dtype, shape, values }]) =>
    [
      name,
      { name, dtype, shape, place: name, read: () => values.slice() },
    ] as const
  );
  return { keys: [], tensors: new Map(tensors), modules: new Map() };
}

/** Writes a state dict as safetensors, in the order of its names. */
export async function saveStateDict(
  state: StateDict,
): Promise<{ header: SafetensorsHeader; data: Uint8Array }> {
  const { stream } = writeSafetensors(
    new Map([["format", "pt"]]),
    [...state].sort(([a], [b]) => a < b ? -1 : 1).map(([name, tensor]) => ({
      name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      data: () => encodeTensor(tensor),
    })),
  );
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const header = parseHeader(bytes, bytes.length);
  return { header, data: bytes.subarray(header.dataOffset) };
}

/** Rounds `x` to a value that the dtype can represent. */
function round(x: number, dtype: "F32" | "F16" | "BF16"): number {
  if (dtype === "F32") return x;
  if (dtype === "F16") return Math.f16round(x);
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]! &= 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

/** Encodes a tensor as bytes. */
export function encodeTensor({ dtype, values }: TorchTensor): Uint8Array {
  switch (dtype) {
    case "F32":
      return new Uint8Array(values.buffer);
    case "F16":
      return new Uint8Array(new Float16Array(values).buffer);
    case "BF16": {
      const bits = new Uint32Array(values.buffer);
      return new Uint8Array(Uint16Array.from(bits, (it) => it >>> 16).buffer);
    }
    case "I64":
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  }
}

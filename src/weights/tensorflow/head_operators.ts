/**
 * Concatenations, global pools, dense layers and activations.
 *
 * @module
 */
import type { ForeignTensor } from "../foreign/graph.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import type { NodeDef } from "./node_def.ts";
import { shapeOf } from "./reshape.ts";
import { elementsOf } from "./tensor_proto.ts";
import { asActivation, asTensor, type Value } from "./value.ts";

export function readMatMul(
  { name, attributes }: NodeDef,
  [of, weights]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const kernel = asTensor(weights);
  if (
    of?.kind !== "activation" || kernel?.shape.length !== 2 ||
    attributes.flag("transpose_a")
  ) return undefined;
  const dense = attributes.flag("transpose_b") ? transposed(kernel) : kernel;
  graph.add({ op: "dense", name, input: of.name, kernel: dense });
  return { kind: "activation", name, isFlat: true, units: dense.shape[1] };
}

export function readActivation(
  { name, op }: NodeDef,
  [of]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  if (of?.kind !== "activation") return undefined;
  // On an image, it would be a softmax over each pixel's channels.
  if (op === "Softmax" && !of.isFlat) return undefined;
  const activation = op.toLowerCase();
  graph.add({ op: "activation", name, input: of.name, activation });
  return { ...of, name, image: undefined };
}

export function readGlobalPool(
  { name, op }: NodeDef,
  [of, axes]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const over = asTensor(axes)?.read().map((it) => it < 0 ? it + 4 : it).sort();
  if (of?.kind !== "activation" || of.isFlat || String(over) !== "1,2") {
    return undefined;
  }
  const kind = op === "Max" ? "max" : "mean";
  graph.add({ op: "globalPool", name, input: of.name, kind });
  return { kind: "activation", name, isFlat: true };
}

export function readConcat(
  { name, op }: NodeDef,
  values: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const axis = asTensor(op === "Concat" ? values[0] : values.at(-1))?.read()[0];
  const parts = op === "Concat" ? values.slice(1) : values.slice(0, -1);
  if (parts.some((it) => it.kind === "shape")) {
    return shapeOf({ op } as NodeDef, parts);
  }
  const inputs = parts.map(asActivation);
  if (
    (axis !== 3 && axis !== -1) ||
    !inputs.every((it) => it !== undefined && !it.isFlat)
  ) return undefined;
  const names = inputs.map((it) => it!.name);
  graph.add({ op: "concat", name, inputs: names });
  return { kind: "activation", name, isFlat: false };
}

/** Transposes `[units, inputs]` to `[inputs, units]`. */
function transposed(tensor: ForeignTensor): ForeignTensor {
  const [units, inputs] = tensor.shape as [number, number];
  return {
    name: tensor.name,
    shape: [inputs, units],
    read() {
      const values = tensor.read();
      const result = new Float32Array(elementsOf(tensor.shape));
      for (let i = 0; i < units; i++) {
        for (let j = 0; j < inputs; j++) {
          result[j * units + i] = values[i * inputs + j]!;
        }
      }
      return result;
    },
  };
}

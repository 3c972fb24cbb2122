/**
 * Reads an ONNX graph as a foreign graph. The file lists nodes in topological order, so one
 * pass is enough.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import { shown } from "../json.ts";
import { intsOf, tensorOf } from "./attributes.ts";
import { constant } from "./axes.ts";
import type { OnnxInput, OnnxModel, OnnxNode } from "./model.ts";
import { OPERATORS } from "./operators.ts";
import { type ExternalFiles, FLOATS, parseTensor, UINT8 } from "./tensor.ts";
import {
  type Activation,
  type Reading,
  type Value,
  withArticle,
} from "./values.ts";

export interface OnnxGraph {
  readonly nodes: ReadonlyMap<string, ForeignNode>;
  readonly image: Activation;
  /** By name in the file. */
  readonly values: ReadonlyMap<string, Value>;
}

/** @param files The files named by `externalFile()`. */
export function readGraph(model: OnnxModel, files: ExternalFiles): OnnxGraph {
  const values = new Map<string, Value>();
  const nodes = new Map<string, ForeignNode>();
  const give = (name: string, value: Value) => {
    if (values.has(name)) {
      throw new CorruptWeightsError(
        `Cannot read the ONNX model as one node must give "${name}": two do`,
      );
    }
    values.set(name, value);
  };
  for (const message of model.initializers) {
    const name = message.text(8) ?? "";
    give(name, constant(parseTensor(message, name, files)));
  }
  // Old files also list their tensors as inputs.
  const inputs = model.inputs.filter(({ name }) => !values.has(name));
  const image = addImage(inputs, nodes);
  give(image.key, image);
  for (const node of model.nodes) {
    const given = readNode(node, model.opset, values, nodes, files);
    for (const [i, name] of node.outputs.entries()) {
      const value = given[i];
      if (name !== "" && value !== undefined) give(name, value);
    }
  }
  return { nodes, image, values };
}

/** The order of an image's axes in ONNX, and in TensorFlow. */
const LAYOUTS = ["NCHW", "NHWC"];

function addImage(
  inputs: readonly OnnxInput[],
  nodes: Map<string, ForeignNode>,
): Activation {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new CorruptWeightsError(
      `Cannot import the ONNX model as it must have one input, the image: it has ${
        inputs.map(({ name }) => shown(name)).join(" and ") || "none"
      }`,
    );
  }
  const { name, type, shape = [null, 3, null, null] } = input;
  if (type !== UINT8 && !FLOATS.has(type)) {
    throw new CorruptWeightsError(
      `Cannot import the ONNX model as its input "${name}" must be of floats or uint8: it is of type ${type} in TensorProto.DataType`,
    );
  }
  const layout = LAYOUTS.find((it) => shape[it.indexOf("C")] === 3);
  if (shape.length !== 4 || layout === undefined) {
    throw new CorruptWeightsError(
      `Cannot import the ONNX model as its input "${name}" must have the shape [N,3,height,width] or [N,height,width,3]: it has [${
        shape.map((it) => it ?? "?")
      }]`,
    );
  }
  const size = [
    shape[layout.indexOf("H")] ?? null,
    shape[layout.indexOf("W")] ?? null,
  ] as const;
  nodes.set(name, { op: "input", name, size });
  return {
    kind: "activation",
    key: name,
    layout,
    size,
    isImage: true,
    isBytes: type === UINT8,
  };
}

/** The values of a node's outputs, in order. */
function readNode(
  node: OnnxNode,
  opset: number,
  values: ReadonlyMap<string, Value>,
  nodes: Map<string, ForeignNode>,
  files: ExternalFiles,
): readonly Value[] {
  const { op, outputs } = node;
  const key = outputs[0] ?? "";
  const name = node.name || key;
  const inputs = node.inputs.map((it) => {
    const value = values.get(it);
    if (it === "" || value !== undefined) return value;
    throw new CorruptWeightsError(
      `Cannot read the ONNX model as what "${name}" reads must be given before it: "${it}" isn't`,
    );
  });
  const unknown = inputs.find((it) => it?.kind === "unknown");
  if (unknown !== undefined) return outputs.map(() => unknown);
  if (op === "Constant") return [constantOf(node, files)];
  const add: Reading["add"] = (part) => {
    // One ONNX node may become several foreign nodes.
    let free = key;
    while (nodes.has(free)) free += "'";
    nodes.set(free, { ...part, name } as ForeignNode);
    return free;
  };
  try {
    const operator = OPERATORS.get(op);
    if (operator === undefined) {
      throw new Unread(withArticle(op) + adviceOn(op));
    }
    const given = operator({ node, opset, inputs, add });
    return "kind" in given ? [given] : given;
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const other = add({ op: "other", what: error.message });
    return outputs.map(() => ({ kind: "unknown", key: other }));
  }
}

/** Advice about operators that are made for a specific runtime. */
function adviceOn(op: string): string {
  if (/QLinear|^QGemm|Integer|DynamicQuantize/.test(op)) {
    return ", which computes in whole numbers: give the float model that it was made of";
  }
  return op.startsWith("com.microsoft.")
    ? ", which ONNX Runtime writes for itself: give the model that it optimized"
    : "";
}

/** Reads a constant: a tensor or, since opset 12, numbers. */
function constantOf(node: OnnxNode, files: ExternalFiles): Value {
  const name = node.outputs[0] ?? "";
  const tensor = tensorOf(node, "value");
  if (tensor !== undefined) return constant(parseTensor(tensor, name, files));
  const one = node.attribute("value_int")?.int(3) ??
    node.attribute("value_float")?.float(2);
  const list = intsOf(node, "value_ints");
  if (one === undefined && list === undefined) {
    throw new CorruptWeightsError(
      `Cannot read the ONNX model as the constant "${name}" must have a value, value_int, value_ints or value_float`,
    );
  }
  const numbers = list ?? [one!];
  return constant({
    name,
    shape: list ? [list.length] : [],
    read: () => Float32Array.from(numbers),
    ints: () => [...numbers],
  });
}

/**
 * Reads a TFLite graph as a foreign graph. The file lists operators in topological order, so
 * one pass is enough.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./model.ts";
import { operatorName } from "./operator_names.ts";
import { OPERATORS } from "./operators.ts";
import type { Reading, Value } from "./values.ts";

export interface TfliteGraph {
  readonly nodes: ReadonlyMap<string, ForeignNode>;
  readonly image: TfliteTensor;
  /** By tensor number. */
  readonly values: ReadonlyMap<number, Value>;
}

export function readGraph(model: TfliteModel): TfliteGraph {
  const values = new Map<number, Value>();
  const nodes = new Map<string, ForeignNode>();
  for (const [i, tensor] of model.tensors.entries()) {
    if (tensor.bytes.length > 0) values.set(i, { kind: "constant", tensor });
  }
  const image = addImage(model, values, nodes);
  for (const operator of model.operators) {
    const value = readOperator(operator, model, values, nodes);
    for (const output of operator.outputs) {
      if (values.has(output)) {
        throw fault(`one operator must give tensor ${output}: two do`);
      }
      values.set(output, value);
    }
  }
  return { nodes, image, values };
}

function addImage(
  { tensors, inputs }: TfliteModel,
  values: Map<number, Value>,
  nodes: Map<string, ForeignNode>,
): TfliteTensor {
  const [input = -1] = inputs;
  const image = tensors[input];
  if (image === undefined || inputs.length > 1) {
    throw fault(`it must have one input, the image: it has ${inputs.length}`);
  }
  const { name, signature } = image;
  const layout = ["NHWC", "NCHW"].find((it) =>
    signature[it.indexOf("C")] === 3
  );
  if (signature.length !== 4 || layout === undefined || values.has(input)) {
    throw fault(
      `its input "${name}" must have the shape [N,height,width,3] or [N,3,height,width]: it has [${signature}]`,
    );
  }
  const extent = (axis: string) => {
    const found = signature[layout.indexOf(axis)] ?? 0;
    return found > 0 ? found : null;
  };
  const key = `${input}`;
  nodes.set(key, { op: "input", name, size: [extent("H"), extent("W")] });
  values.set(input, { kind: "activation", key, layout });
  return image;
}

function readOperator(
  { code, customCode, inputs, outputs, options }: TfliteOperator,
  { tensors }: TfliteModel,
  values: ReadonlyMap<number, Value>,
  nodes: Map<string, ForeignNode>,
): Value {
  const op = operatorName(code, customCode);
  const [output = -1] = outputs;
  const tensor = tensors[output];
  if (tensor === undefined) {
    throw fault(`each ${op} must give a tensor: one gives number ${output}`);
  }
  const { name } = tensor;
  const key = `${output}`;
  const given = inputs.map((it) => {
    const value = values.get(it);
    if (it === -1 || value !== undefined) return value;
    throw fault(
      `what gives "${name}" must come after what it reads: tensor ${it} isn't given before`,
    );
  });
  const unknown = given.find((it) => it?.kind === "unknown");
  if (unknown !== undefined) return unknown;
  const add: Reading["add"] = (part, activation = 0) => {
    const node = { ...part, name } as ForeignNode;
    // The key is taken if the operator first added a flattening.
    const free = nodes.has(key) ? `${key}/2` : key;
    if (activation === 0) {
      nodes.set(free, node);
      return free;
    }
    const linear = `${free}/linear`;
    nodes.set(linear, node);
    nodes.set(free, {
      op: "activation",
      name,
      input: linear,
      activation: ACTIVATIONS[activation] ?? `number ${activation}`,
    });
    return free;
  };
  try {
    const operator = OPERATORS.get(op);
    if (operator === undefined) throw new Unread(op);
    return operator({ op, inputs: given, output: tensor, options, add });
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    nodes.set(key, { op: "other", name, what: error.message });
    return { kind: "unknown", key };
  }
}

/** `ActivationFunctionType`. */
const ACTIVATIONS = [
  "none",
  "relu",
  "RELU_N1_TO_1",
  "RELU6",
  "TANH",
  "SIGN_BIT",
];

function fault(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot import the TFLite model as ${must}`);
}

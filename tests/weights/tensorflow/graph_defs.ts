/**
 * Makes TensorFlow graphs, as bytes and as JSON.
 */
import {
  delimited,
  encode,
  type Message,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { float } from "../../../src/export/onnx/encode_protobuf.ts";

export interface NodeOptions {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Numbers are integers, and texts are bytes. */
export type Attribute =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly type: number }
  | { readonly shape: readonly number[] }
  | { readonly callee: string }
  | { readonly tensor: Message }
  | TestTensor;

export interface TestTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** A node without attributes. */
export const node = (
  op: string,
  name: string,
  inputs: readonly string[] = [],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeOptions => ({ op, name, inputs, attributes });

/** A `Const` of f32. */
export const floats = (
  name: string,
  shape: readonly number[],
  values: ArrayLike<number>,
): NodeOptions =>
  node("Const", name, [], {
    dtype: { type: 1 },
    value: { shape, values: Float32Array.from(values) },
  });

/** A `Const` of integers: a scalar, or a list. */
export const whole = (
  name: string,
  values: number | readonly number[],
): NodeOptions => {
  const list = typeof values === "number" ? [values] : values;
  return node("Const", name, [], {
    dtype: { type: 3 },
    value: {
      shape: typeof values === "number" ? [] : [list.length],
      values: Int32Array.from(list),
    },
  });
};

/** The image. */
export const image = (
  name = "image",
  shape: readonly number[] = [-1, 75, 75, 3],
): NodeOptions =>
  node("Placeholder", name, [], { dtype: { type: 1 }, shape: { shape } });

/** Encodes a `GraphDef`. */
export function encodeGraph(
  nodes: readonly NodeOptions[],
): Uint8Array<ArrayBuffer> {
  return encode(graphMessage(nodes));
}

export function graphMessage(nodes: readonly NodeOptions[]): Message {
  return message(...nodes.map((it) => delimited(1, encodeNode(it))));
}

export function encodeNode(
  { name, op, inputs = [], attributes = {} }: NodeOptions,
): Message {
  return message(
    delimited(1, name),
    delimited(2, op),
    ...inputs.map((it) => delimited(3, it)),
    ...Object.entries(attributes).map(([key, value]) =>
      delimited(
        5,
        message(delimited(1, key), delimited(2, encodeAttribute(value))),
      )
    ),
  );
}

function encodeAttribute(value: Attribute): Message {
  if (typeof value === "number") return varint(3, value);
  if (typeof value === "string") return delimited(2, value);
  if (typeof value === "boolean") return varint(5, value ? 1 : 0);
  if (isList(value)) {
    const items = value.map((it) =>
      typeof it === "number" ? varint(3, it) : delimited(2, it)
    );
    return delimited(1, message(...items));
  }
  if ("float" in value) return float(4, value.float);
  if ("type" in value) return varint(6, value.type);
  if ("callee" in value) return delimited(10, delimited(1, value.callee));
  if ("tensor" in value) return delimited(8, value.tensor);
  if ("values" in value) return delimited(8, encodeTensor(value));
  return delimited(7, encodeShape(value.shape));
}

/** Encodes a `TensorProto` with the values as bytes. */
export function encodeTensor({ shape, values }: TestTensor): Message {
  return message(
    varint(1, values instanceof Float32Array ? 1 : 3),
    delimited(2, encodeShape(shape)),
    delimited(4, new Uint8Array(values.buffer as ArrayBuffer)),
  );
}

export function encodeShape(shape: readonly number[]): Message {
  return message(
    ...shape.map((it) => delimited(2, it < 0 ? minusOne() : varint(1, it))),
  );
}

/** An extent of -1, which takes ten bytes. */
function minusOne(): Message {
  const parts = [Uint8Array.of(8, ...Array(9).fill(0xff), 1)];
  return { parts, byteLength: 11 };
}

/** The same graph as a TFJS graph model. */
export function graphModel(
  nodes: readonly NodeOptions[],
  outputs: readonly string[],
) {
  const consts = nodes.filter(({ op }) => op === "Const");
  const tensors = consts.map(({ name, attributes }) => {
    const { shape, values } = attributes!.value as TestTensor;
    const dtype = values instanceof Float32Array ? "float32" : "int32";
    return { name, shape, dtype, values };
  });
  const shard = encode(message(
    ...tensors.map(({ values }) => ({
      parts: [new Uint8Array(values.buffer as ArrayBuffer)],
      byteLength: values.byteLength,
    })),
  ));
  const modelJson = {
    format: "graph-model",
    signature: {
      outputs: Object.fromEntries(outputs.map((name, i) => [i, { name }])),
    },
    modelTopology: {
      node: nodes.map(({ name, op, inputs, attributes = {} }) => ({
        name,
        op,
        input: inputs,
        attr: op === "Const" ? {} : Object.fromEntries(
          Object.entries(attributes).map((
            [key, value],
          ) => [key, jsonAttribute(value)]),
        ),
      })),
    },
    weightsManifest: [{
      paths: ["group1-shard1of1.bin"],
      weights: tensors.map(({ name, shape, dtype }) => ({
        name,
        shape,
        dtype,
      })),
    }],
  };
  return { modelJson, shard };
}

function jsonAttribute(value: Attribute): unknown {
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") return { s: btoa(value) };
  if (typeof value === "boolean") return { b: value };
  if (isList(value)) {
    return {
      list: typeof value[0] === "string"
        ? { s: value.map((it) => btoa(String(it))) }
        : { i: value.map(String) },
    };
  }
  if ("float" in value) return { f: value.float };
  if ("type" in value) return { type: value.type };
  if ("callee" in value) return { func: { name: value.callee } };
  if (!("shape" in value)) return {};
  return {
    shape: { dim: value.shape.map((it) => ({ size: String(it) })) },
  };
}

function isList(
  value: Attribute,
): value is readonly number[] | readonly string[] {
  return Array.isArray(value);
}

/**
 * ONNX files with arbitrary nodes, for tests of their reader.
 *
 * @module
 */
import {
  delimited,
  encode,
  float,
  type Message,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";

/** An integer, `{ float }`, a text, a list or a tensor's message. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: Message };

export interface OnnxParts {
  readonly nodes?: readonly Message[];
  readonly tensors?: readonly Message[];
  readonly inputs?: readonly Message[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly producer?: string;
}

/** Makes an ONNX file; by default, its input is the image `x` of 299 pixels. */
export function onnxFile(
  {
    nodes = [],
    tensors = [],
    inputs = [input("x", [null, 3, 299, 299])],
    outputs = ["y"],
    opset = 17,
    producer = "pytorch",
  }: OnnxParts,
): Uint8Array<ArrayBuffer> {
  const graph = message(
    ...nodes.map((it) => delimited(1, it)),
    ...tensors.map((it) => delimited(5, it)),
    ...inputs.map((it) => delimited(11, it)),
    ...outputs.map((it) => delimited(12, delimited(1, it))),
  );
  return encode(message(
    varint(1, 8),
    delimited(2, producer),
    delimited(7, graph),
    delimited(8, message(delimited(1, ""), varint(2, opset))),
  ));
}

/** @param outputs A single name, or several. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: string | readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Message {
  return message(
    ...inputs.map((it) => delimited(1, it)),
    ...[outputs].flat().map((it) => delimited(2, it)),
    delimited(3, `/${[outputs].flat()[0]}`),
    delimited(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      delimited(5, message(delimited(1, name), attribute(value)))
    ),
  );
}

function attribute(value: Attribute): Message {
  if (typeof value === "number") return whole(3, value);
  if (typeof value === "string") return delimited(4, value);
  if ("tensor" in value) return delimited(5, value.tensor);
  if ("float" in value) return float(2, value.float);
  return message(...value.map((it) => whole(8, it)));
}

/** A 64-bit integer, possibly negative. */
export function whole(field: number, value: number): Message {
  if (value >= 0) return varint(field, value);
  const bytes: number[] = [];
  let bits = BigInt.asUintN(64, BigInt(value));
  for (; bits > 127n; bits >>= 7n) bytes.push(Number(bits & 127n) | 128);
  const tag = encode(varint(field, 0)).slice(0, -1);
  const part = Uint8Array.of(...tag, ...bytes, Number(bits));
  return { parts: [part], byteLength: part.length };
}

/** `TensorProto.DataType`. */
const TYPES = [
  [Float32Array, 1],
  [Uint8Array, 2],
  [Int8Array, 3],
  [Int32Array, 6],
  [BigInt64Array, 7],
  [Uint16Array, 10], // The bits of float16.
  [Float64Array, 11],
] as const;

type Values = InstanceType<typeof TYPES[number][0]>;

/** A tensor with raw values. */
export function tensor(
  name: string,
  shape: readonly number[],
  values: Values,
): Message {
  const [, type] = TYPES.find(([it]) => values instanceof it)!;
  return message(
    ...shape.map((it) => varint(1, it)),
    varint(2, type),
    delimited(8, name),
    delimited(9, new Uint8Array(values.buffer)),
  );
}

export function floats(
  name: string,
  shape: readonly number[],
  ...values: number[]
): Message {
  return tensor(name, shape, Float32Array.from(values));
}

/** An int64 vector, like shapes and axes. */
export function ints(name: string, ...values: number[]): Message {
  return tensor(name, [values.length], BigInt64Array.from(values, BigInt));
}

/** A graph's input. */
export function input(
  name: string,
  shape: readonly (number | null)[],
  type = 1,
): Message {
  const dimensions = shape.map((it) =>
    delimited(1, it === null ? delimited(2, "N") : whole(1, it))
  );
  const tensor = message(varint(1, type), delimited(2, message(...dimensions)));
  return message(delimited(1, name), delimited(2, delimited(1, tensor)));
}

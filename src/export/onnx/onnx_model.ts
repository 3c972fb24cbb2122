/**
 * The messages of an ONNX file (github.com/onnx/onnx, `onnx.proto`) that a network
 * without control flow needs.
 *
 * @module
 */
import {
  delimited,
  float,
  type Message,
  message,
  varint,
} from "./encode_protobuf.ts";
import {
  lazyValues,
  type TensorFact,
  type WrittenModel,
  writtenModel,
} from "../written_model.ts";

/** The version of the file format. */
const IR_VERSION = 8;
/** The version of the operator set. */
const OPSET = 17;

/** `TensorProto.DataType`. */
const ELEMENT_TYPES = { float: 1, uint8: 2, int8: 3, int32: 6 } as const;

/** The type of a tensor's values. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** Bytes per value. */
const SIZES = { float: 4, uint8: 1, int8: 1, int32: 4 } as const;

/** A node's attribute: a number, a string or integers. */
export type Attribute = number | string | readonly number[];

/** The values of a tensor, by type. */
export interface ElementValues {
  readonly float: Float32Array;
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int32: Int32Array;
}

/** Collects nodes and constants, and writes them as an ONNX file. */
export class OnnxModel {
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];

  /** Adds a node with one output, and returns the output's name. */
  node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.#nodes.push(message(
      ...inputs.map((it) => delimited(1, it)),
      delimited(2, output),
      delimited(3, output),
      delimited(4, operator),
      ...Object.entries(attributes).map(([name, value]) =>
        delimited(5, attributeOf(name, value))
      ),
    ));
    return output;
  }

  /**
   * Adds a constant tensor, and returns its name.
   *
   * @param values Creates its values when the file is written.
   */
  constant<T extends ElementType>(
    name: string,
    type: T,
    shape: readonly number[],
    values: () => ElementValues[T],
  ): string {
    const count = shape.reduce((a, b) => a * b, 1);
    this.#constants.push(message(
      ...shape.map((extent) => varint(1, extent)),
      varint(2, ELEMENT_TYPES[type]),
      delimited(8, name),
      delimited(9, lazyValues(count * SIZES[type], values)),
    ));
    return name;
  }

  /** Writes the file. */
  write(
    tensors: Pick<WrittenModel, "input" | "outputs">,
    metadata: ReadonlyMap<string, string>,
  ): WrittenModel {
    const graph = message(
      ...this.#nodes.map((it) => delimited(1, it)),
      delimited(2, "network"),
      ...this.#constants.map((it) => delimited(5, it)),
      delimited(11, infoOf(tensors.input)),
      ...tensors.outputs.map((it) => delimited(12, infoOf(it))),
    );
    const { parts } = message(
      varint(1, IR_VERSION),
      delimited(2, "totem"),
      delimited(7, graph),
      delimited(8, message(delimited(1, ""), varint(2, OPSET))),
      ...[...metadata].map(([key, text]) =>
        delimited(14, message(delimited(1, key), delimited(2, text)))
      ),
    );
    return writtenModel(parts, tensors);
  }
}

function attributeOf(name: string, value: Attribute): Message {
  const [FLOAT, INT, STRING, INTS] = [1, 2, 3, 7];
  const field = delimited(1, name);
  if (typeof value === "string") {
    return message(field, delimited(4, value), varint(20, STRING));
  }
  if (typeof value !== "number") {
    const values = value.map((it) => varint(8, it));
    return message(field, ...values, varint(20, INTS));
  }
  return Number.isInteger(value)
    ? message(field, varint(3, value), varint(20, INT))
    : message(field, float(2, value), varint(20, FLOAT));
}

function infoOf({ name, type, shape }: TensorFact): Message {
  const dimensions = shape.map((it) =>
    delimited(1, typeof it === "string" ? delimited(2, it) : varint(1, it))
  );
  const tensor = message(
    varint(1, ELEMENT_TYPES[type === "float32" ? "float" : type]),
    delimited(2, message(...dimensions)),
  );
  return message(delimited(1, name), delimited(2, delimited(1, tensor)));
}

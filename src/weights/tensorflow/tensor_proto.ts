import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { ProtoMessage } from "../protobuf.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "../safetensors/floats.ts";
import { DATA_TYPES, type DataType } from "./node_def.ts";

/** Maximum number of dimensions of a tensor or shape. */
export const MAX_RANK = 8;

/** Maximum number of values in a tensor whose list is shorter and gets filled up. */
const MAX_FILLED = 2 ** 20;

/** Maximum length of a list of integers. Large tensors are stored as bytes. */
const MAX_LISTED = 2 ** 18;

const {
  DT_FLOAT,
  DT_DOUBLE,
  DT_INT32,
  DT_UINT8,
  DT_INT64,
  DT_BOOL,
  DT_BFLOAT16,
  DT_HALF,
} = DATA_TYPES;

/** Bytes per value. */
const SIZES: Readonly<Record<DataType, number>> = {
  [DT_FLOAT]: 4,
  [DT_DOUBLE]: 8,
  [DT_INT32]: 4,
  [DT_UINT8]: 1,
  [DT_INT64]: 8,
  [DT_BOOL]: 1,
  [DT_BFLOAT16]: 2,
  [DT_HALF]: 2,
};

/**
 * Reads a `TensorProto`: raw bytes, or a list of values. In a list that is too short, the
 * last value is repeated; an empty list means zeros (`tensor.proto`).
 *
 * @returns `undefined` for types that aren't numbers, such as strings.
 */
export function readTensorProto(
  proto: ProtoMessage,
  name: string,
): ForeignTensor | undefined {
  const type = proto.int(1) ?? 0;
  if (SIZES[type] === undefined) return undefined;
  const shape = readShape(proto.message(2, "a shape"), name);
  if (shape.some((it) => it === null)) {
    throw corrupt(name, "its shape must be fixed");
  }
  return {
    name,
    shape: shape as number[],
    read: () => readValues(proto, type, shape as number[], name),
  };
}

/** Reads a `TensorShapeProto`; if absent, the shape of a scalar. */
export function readShape(
  proto: ProtoMessage | undefined,
  name: string,
): (number | null)[] {
  const extents = proto?.messages(2, "an extent", MAX_RANK) ?? [];
  return extents.map((it) => asExtent(it.int(1) ?? 0, name));
}

/** An extent of a shape; `null` for -1, which means any. */
export function asExtent(value: number, name: string): number | null {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  if (value === -1) return null;
  throw corrupt(name, `its extents must be >= 0: one is ${value}`);
}

/** The number of values of a tensor. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function readValues(
  proto: ProtoMessage,
  type: DataType,
  shape: readonly number[],
  name: string,
): Float32Array<ArrayBuffer> {
  const count = elementsOf(shape);
  const content = proto.bytes(4);
  if (content !== undefined && content.length > 0) {
    if (content.length !== count * SIZES[type]!) {
      throw corrupt(
        name,
        `it must have ${count * SIZES[type]!} bytes: it has ${content.length}`,
      );
    }
    return decode(content, type);
  }
  const listed = readList(proto, type, count);
  if (listed.length === count) return listed;
  if (listed.length > count) {
    throw corrupt(
      name,
      `it must have ${count} values: it has ${listed.length}`,
    );
  }
  if (listed.length === 0 && shape.length > 1) {
    // An omitted vector is zeros, like some biases. An omitted kernel was moved elsewhere.
    throw corrupt(name, "it must have values: they were taken out");
  }
  if (count > MAX_FILLED) {
    throw corrupt(
      name,
      `a repeated value must stand for <= ${MAX_FILLED}: it does for ${count}`,
    );
  }
  const values = new Float32Array(count).fill(listed.at(-1) ?? 0);
  values.set(listed);
  return values;
}

function readList(
  proto: ProtoMessage,
  type: DataType,
  count: number,
): Float32Array<ArrayBuffer> {
  const whole = (field: number) =>
    proto.ints(field, Math.min(count, MAX_LISTED));
  switch (type) {
    case DT_FLOAT:
      return decode(proto.fixed(5, 4), type);
    case DT_DOUBLE:
      return decode(proto.fixed(6, 8), type);
    case DT_INT64:
      return Float32Array.from(whole(10));
    case DT_BOOL:
      return Float32Array.from(whole(11));
    case DT_HALF:
      return float16ToFloat32(Uint16Array.from(whole(13)));
    case DT_BFLOAT16:
      return bfloat16ToFloat32(Uint16Array.from(whole(13)));
    default:
      return Float32Array.from(whole(7));
  }
}

/** Little-endian values as f32. */
export function decode(
  bytes: Uint8Array,
  type: DataType,
): Float32Array<ArrayBuffer> {
  const { buffer } = bytes.slice(); // Copies, as the values may not be aligned.
  switch (type) {
    case DT_FLOAT:
      return new Float32Array(buffer);
    case DT_DOUBLE:
      return new Float32Array(new Float64Array(buffer));
    case DT_INT32:
      return new Float32Array(new Int32Array(buffer));
    case DT_INT64:
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case DT_HALF:
      return float16ToFloat32(new Uint16Array(buffer));
    case DT_BFLOAT16:
      return bfloat16ToFloat32(new Uint16Array(buffer));
    default:
      return new Float32Array(new Uint8Array(buffer));
  }
}

/** Whether values of a type can be decoded. */
export function isNumeric(type: DataType): boolean {
  return SIZES[type] !== undefined;
}

/** Bytes per value of a numeric type. */
export function sizeOf(type: DataType): number {
  return SIZES[type]!;
}

function corrupt(name: string, must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read the tensor "${name}" as ${must}`);
}

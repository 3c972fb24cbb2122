/**
 * Tensors in an ONNX file: `TensorProto`.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { shown } from "../json.ts";
import type { ProtoMessage } from "../protobuf.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "../safetensors/floats.ts";
import { TruncatedError } from "../truncated.ts";

/** A tensor whose values are known. */
export interface Constant extends ForeignTensor {
  /** The smallest value of its type, if that is an integer type. */
  readonly least?: number | undefined;
  /** Whether these are the floats that a node would quantize, still unrounded. */
  readonly isUnrounded?: boolean;
  /** Its values as integers, such as a shape's. Throws if there are more than `most`. */
  ints(most: number): number[];
}

/** Files beside the model, by their name in the model. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** Maximum number of dimensions of a tensor. Our operators need 5. */
export const MAX_RANK = 8;

/** How values of a data type are stored. */
interface Type {
  readonly name: string;
  readonly bytes: number;
  /** The field for values that aren't raw bytes. */
  readonly field: number;
  /** Decodes raw bytes, little-endian. */
  decode(buffer: ArrayBuffer): ArrayLike<number>;
  /** Decodes the integers in the field, if they are bit patterns instead of values. */
  fromBits?(bits: number[]): ArrayLike<number>;
}

const TYPES: ReadonlyMap<number, Type> = new Map([
  [1, type("float", 4, 4, (it) => new Float32Array(it))],
  [2, type("uint8", 1, 5, (it) => new Uint8Array(it))],
  [3, type("int8", 1, 5, (it) => new Int8Array(it))],
  [4, type("uint16", 2, 5, (it) => new Uint16Array(it))],
  [5, type("int16", 2, 5, (it) => new Int16Array(it))],
  [6, type("int32", 4, 5, (it) => new Int32Array(it))],
  [7, type("int64", 8, 7, fromInt64)],
  [9, type("bool", 1, 5, (it) => new Uint8Array(it))],
  [10, {
    ...type("float16", 2, 5, (it) => float16ToFloat32(new Uint16Array(it))),
    fromBits: (bits) => float16ToFloat32(Uint16Array.from(bits)),
  }],
  [11, type("double", 8, 10, (it) => new Float64Array(it))],
  [16, {
    ...type("bfloat16", 2, 5, (it) => bfloat16ToFloat32(new Uint16Array(it))),
    fromBits: (bits) => bfloat16ToFloat32(Uint16Array.from(bits)),
  }],
]);

/** The float types, by `TensorProto.DataType`. */
export const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16]);
export const UINT8 = 2;

const INTEGERS: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 9]);

/**
 * Checks a tensor's type and size. Its values are read on request.
 *
 * @param files The files named by {@linkcode externalFile}.
 */
export function parseTensor(
  message: ProtoMessage,
  name: string,
  files: ExternalFiles,
): Constant {
  const shape = message.ints(1, MAX_RANK);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (shape.some((it) => it < 0)) {
    throw fault(name, `its extents must be >= 0: its shape is [${shape}]`);
  }
  const number = message.int(2) ?? 0;
  const type = TYPES.get(number);
  if (type === undefined) {
    throw fault(
      name,
      `its type must be a float or whole numbers of up to 64 bits: it is ${number} in TensorProto.DataType`,
    );
  }
  const raw = rawBytes(message, name, type, count, files);
  const stored = raw === undefined ? 0 : raw.length;
  if (raw !== undefined && stored !== count * type.bytes) {
    throw fault(
      name,
      `${type.name} of shape [${shape}] must have ${
        count * type.bytes
      } bytes: it has ${stored}`,
    );
  }
  const values = (): ArrayLike<number> => {
    // Copies, as the tensor may not be aligned. slice() of Node's Buffer is a view.
    if (raw !== undefined) return type.decode(new Uint8Array(raw).buffer);
    const numbers = message.ints(type.field, count);
    if (numbers.length === count) return type.fromBits?.(numbers) ?? numbers;
    throw fault(name, `it must have ${count} values: it has ${numbers.length}`);
  };
  return {
    name,
    shape,
    least: !INTEGERS.has(number)
      ? undefined
      : type.name.startsWith("int")
      ? -(2 ** (8 * type.bytes - 1))
      : 0,
    read() {
      return Float32Array.from(values());
    },
    ints(most) {
      if (!INTEGERS.has(number)) {
        throw fault(
          name,
          `its type must be of whole numbers: it is ${type.name}`,
        );
      }
      if (count > most) {
        throw fault(name, `it must have <= ${most} values: it has ${count}`);
      }
      return Array.from(values());
    },
  };
}

/** The file with a tensor's values; `undefined` if they are in the model itself. */
export function externalFile(message: ProtoMessage): string | undefined {
  if (message.int(14) !== EXTERNAL) return undefined;
  const name = externalData(message).get("location") ?? "";
  const parts = name.split("/");
  // Also refuses names that would leave the folder on Windows or in a URL.
  if (!/[\\:]/.test(name) && !parts.some((it) => /^\.{0,2}$/.test(it))) {
    return name;
  }
  throw new CorruptWeightsError(
    `Cannot read the ONNX model's weights as their file must lie beside it or below: it is ${
      shown(name)
    }`,
  );
}

/** `TensorProto.DataLocation`. */
const EXTERNAL = 1;

/** A tensor's raw bytes; `undefined` if its values are numbers in a field. */
function rawBytes(
  message: ProtoMessage,
  name: string,
  { bytes, field }: Type,
  count: number,
  files: ExternalFiles,
): Uint8Array | undefined {
  const location = externalFile(message);
  if (location === undefined) {
    return message.bytes(9) ??
      (field === 4 || field === 10
        ? message.fixed(field, field === 4 ? 4 : 8)
        : undefined);
  }
  const file = files.get(location);
  if (file === undefined) {
    throw fault(name, `only initializers may be in files beside the model`);
  }
  const data = externalData(message);
  const offset = wholeNumber(data.get("offset") ?? "0");
  const length = wholeNumber(data.get("length") ?? `${count * bytes}`);
  if (offset + length <= file.length) {
    return file.subarray(offset, offset + length);
  }
  if (Number.isNaN(offset + length)) {
    throw fault(
      name,
      `its offset and length in "${location}" must be whole numbers: they are ${
        shown(data.get("offset"))
      } and ${shown(data.get("length"))}`,
    );
  }
  throw new TruncatedError(
    `Cannot read the ONNX tensor "${name}" as its bytes ${offset} to ${
      offset + length
    } must lie in "${location}": it has ${file.length}`,
    location,
  );
}

function externalData(message: ProtoMessage): ReadonlyMap<string, string> {
  const entries = message.messages(13, "a tensor's file", 16);
  return new Map(entries.map((it) => [it.text(1) ?? "", it.text(2) ?? ""]));
}

/** Parses a whole number; NaN, which fails every comparison, for other text. */
function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

function type(
  name: string,
  bytes: number,
  field: number,
  decode: Type["decode"],
): Type {
  return { name, bytes, field, decode };
}

/** Rounds large values, such as the largest int64, which means "to the end". */
function fromInt64(buffer: ArrayBuffer): number[] {
  return Array.from(new BigInt64Array(buffer), Number);
}

function fault(name: string, text: string): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read the ONNX tensor "${name}" as ${text}`,
  );
}

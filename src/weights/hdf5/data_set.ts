import { CorruptWeightsError } from "../../errors.ts";
import { TruncatedError } from "../truncated.ts";
import { MESSAGE, type Messages } from "./object_header.ts";
import type { Structures } from "./structures.ts";

/** A contiguous tensor of floating-point values in the file. */
export interface DataSet {
  /** As safetensors files name it. */
  readonly dtype: "F32" | "F16" | "BF16";
  /** Its extents, all >= 1, the values row-major. */
  readonly shape: readonly number[];
  /** In bytes, from the file's start. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

/**
 * The data set whose header has these messages.
 *
 * @param textsOf The texts of its attributes.
 */
export function readDataSet(
  file: Structures,
  messages: Messages,
  name: string,
  textsOf: (attribute: string) => readonly string[] | undefined,
): DataSet {
  const find = (type: number) => messages.get(type)?.[0]?.at;
  const dataspace = find(MESSAGE.dataspace);
  const datatype = find(MESSAGE.datatype);
  const layout = find(MESSAGE.layout);
  if (
    dataspace === undefined || datatype === undefined || layout === undefined
  ) {
    throw new CorruptWeightsError(`Cannot read "${name}": it is no HDF5 data`);
  }
  const type = readType(file, datatype);
  // HDF5 has no bfloat16, so Keras 3 stores two opaque bytes and names the type in an
  // attribute.
  const dtype =
    type === "2 opaque bytes" && textsOf("dtype")?.[0] === "bfloat16"
      ? "BF16"
      : type;
  if (!isRead(dtype)) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as its values must be little-endian f32, f16 or bf16: they are ${dtype}`,
    );
  }
  const version = file.integer(layout, 1);
  // Before version 3 the class came later; HDF5 has written 3 since 1.6.3.
  if (version < 3 || file.integer(layout + 1, 1) !== CONTIGUOUS) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as it must lie in one piece, as Keras writes it: it is in chunks or compressed`,
    );
  }
  const shape = readExtents(file, dataspace);
  file.charge(DATA_SET_BYTES + 8 * shape.length);
  const offset = file.integer(layout + 2, 8);
  const length = file.integer(layout + 10, 8);
  if (length === 0 || shape.reduce((a, b) => a * b, BYTES[dtype]) !== length) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as its [${shape}] values must fill its ${length} bytes`,
    );
  }
  if (!(offset + length <= file.length)) {
    throw new TruncatedError(
      `Cannot read "${name}" as it must lie in the file's ${file.length} bytes: it ends at ${
        offset + length
      }`,
    );
  }
  return { dtype, shape, offset, length };
}

/** V8's memory for a data set without its extents. */
const DATA_SET_BYTES = 256;

/** The class of layout (IV.A.2.i). */
const CONTIGUOUS = 1;

const BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

function isRead(type: string): type is DataSet["dtype"] {
  return Object.hasOwn(BYTES, type);
}

/** `"F32"`, `"F16"`, or a datatype (IV.A.2.d) that isn't read in words. */
function readType(file: Structures, datatype: number): string {
  const kind = file.integer(datatype, 1) & 0x0f;
  const size = file.integer(datatype + 4, 4);
  if (kind !== FLOATING_POINT) {
    return kind === INTEGER
      ? `integers of ${8 * size} bits`
      : kind === OPAQUE
      ? `${size} opaque bytes`
      : `of HDF5's class ${kind}`;
  }
  if ((file.integer(datatype + 1, 1) & 0x41) !== 0) return "big-endian";
  // Bits in all, where the exponent begins, its bits and its bias.
  const form = [
    file.integer(datatype + 10, 2),
    file.integer(datatype + 12, 1),
    file.integer(datatype + 13, 1),
    file.integer(datatype + 16, 4),
  ].join();
  if (size === 4 && form === "32,23,8,127") return "F32";
  if (size === 2 && form === "16,10,5,15") return "F16";
  return `floats of ${8 * size} bits`;
}

/** Classes of datatype. */
const INTEGER = 0;
const FLOATING_POINT = 1;
const OPAQUE = 5;

/**
 * The extents of a data set or an attribute, from the dataspace message at `at`
 * (IV.A.2.b); a single value has none.
 */
export function readExtents(file: Structures, at: number): number[] {
  const version = file.integer(at, 1);
  const headers: Record<number, number> = { 1: 8, 2: 4 };
  const header = headers[version];
  if (header === undefined) {
    throw new CorruptWeightsError(
      `Cannot read the HDF5 dataspace at byte ${at} as its version must be 1 or 2: it is ${version}`,
    );
  }
  return Array.from(
    { length: file.integer(at + 1, 1) },
    (_, i) => file.integer(at + header + 8 * i, 8),
  );
}

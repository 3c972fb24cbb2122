import { CorruptWeightsError } from "../../errors.ts";
import { MESSAGE, type Messages } from "./object_header.ts";
import type { Structures } from "./structures.ts";

/** A contiguous tensor of f32 values in the file. */
export interface DataSet {
  /** Its extents, all >= 1, the values row-major. */
  readonly shape: readonly number[];
  /** In bytes, from the file's start. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

/** The data set whose header has these messages. */
export function readDataSet(
  file: Structures,
  messages: Messages,
  name: string,
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
  if (!isF32(file, datatype)) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as its values must be little-endian f32`,
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
  if (length === 0 || shape.reduce((a, b) => a * b, 4) !== length) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as its [${shape}] values must fill its ${length} bytes`,
    );
  }
  if (!(offset + length <= file.length)) {
    throw new CorruptWeightsError(
      `Cannot read "${name}" as it must lie in the file's ${file.length} bytes: it ends at ${
        offset + length
      }`,
    );
  }
  return { shape, offset, length };
}

/** V8's memory for a data set without its extents. */
const DATA_SET_BYTES = 256;

/** The class of layout (IV.A.2.i). */
const CONTIGUOUS = 1;

/** Whether the datatype (IV.A.2.d) is an IEEE 754 binary32, lowest byte first. */
function isF32(file: Structures, datatype: number): boolean {
  const FLOATING_POINT = 1;
  return (file.integer(datatype, 1) & 0x0f) === FLOATING_POINT &&
    (file.integer(datatype + 1, 1) & 0x41) === 0 && // The byte order.
    file.integer(datatype + 4, 4) === 4 &&
    file.integer(datatype + 10, 2) === 32 && // Bits in all.
    file.integer(datatype + 12, 1) === 23 && // Where the exponent starts,
    file.integer(datatype + 13, 1) === 8 && // and its bits.
    file.integer(datatype + 16, 4) === 127; // Its bias.
}

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

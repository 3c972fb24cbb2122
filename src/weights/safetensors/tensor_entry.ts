import { CorruptWeightsError } from "../../errors.ts";
import { asArray, asObject, asString, shown } from "../json.ts";
import { type Dtype, DTYPE_BYTES, isDtype } from "./dtype.ts";

/** A tensor in a safetensors file. */
export interface TensorEntry {
  /** Unique in its file. */
  readonly name: string;
  /** The type of its values, which are little-endian. */
  readonly dtype: Dtype;
  /** The extents, row-major; none of a single number. */
  readonly shape: readonly number[];
  /** In bytes, from the start of the data. */
  readonly offset: number;
  /** In bytes: the product of the extents times the size of a value. */
  readonly length: number;
}

/** @param json The tensor's entry in the header. */
export function parseEntry(name: string, json: unknown): TensorEntry {
  const tensor = `the tensor "${name}"`;
  const entry = asObject(json, tensor);
  const dtype = asString(entry.dtype, `the dtype of "${name}"`);
  if (!isDtype(dtype)) {
    throw new CorruptWeightsError(
      `Cannot read ${tensor} as its dtype must be one of ${
        Object.keys(DTYPE_BYTES).join(", ")
      }: it is ${shown(dtype)}`,
    );
  }
  let needed = DTYPE_BYTES[dtype];
  const shape = asArray(entry.shape, `the shape of "${name}"`).map((extent) => {
    if (!isCount(extent)) {
      throw new CorruptWeightsError(
        `Cannot read ${tensor} as its extents must be whole numbers >= 0: one is ${
          shown(extent)
        }`,
      );
    }
    // Both factors are exact, so is the product while it is safe.
    needed *= extent;
    if (!Number.isSafeInteger(needed)) {
      throw new CorruptWeightsError(
        `Cannot read ${tensor} as it must have <= ${Number.MAX_SAFE_INTEGER} bytes: its shape promises more`,
      );
    }
    return extent;
  });
  const where = `the data_offsets of "${name}"`;
  const offsets = asArray(entry.data_offsets, where);
  const [begin, end] = offsets;
  if (offsets.length !== 2 || !isCount(begin) || !isCount(end) || begin > end) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as they must be two whole numbers, 0 <= begin <= end: they are ${
        shown(offsets)
      }`,
    );
  }
  if (end - begin !== needed) {
    throw new CorruptWeightsError(
      `Cannot read ${tensor} as ${dtype} of shape [${shape}] must have ${needed} bytes: its data_offsets have ${
        end - begin
      }`,
    );
  }
  return { name, dtype, shape, offset: begin, length: needed };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

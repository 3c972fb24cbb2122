import { CorruptWeightsError } from "../../errors.ts";
import { asArray, asObject, asString, shown } from "../json.ts";

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

/** A tensor from its entry in the header. */
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

/**
 * The type of a tensor's values, named as in the reference implementation
 * (github.com/huggingface/safetensors, `tensor.rs`): `F16` is IEEE's binary16, `BF16`
 * the upper half of an f32. Types smaller than a byte are missing.
 */
export type Dtype =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "C64"
  | "I64"
  | "U64";

/** The bytes of one value. */
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  C64: 8,
  I64: 8,
  U64: 8,
};

/** Whether `name` is a type that can be read. */
function isDtype(name: string): name is Dtype {
  // Not the names that every object has.
  return Object.hasOwn(DTYPE_BYTES, name);
}

import { bfloat16ToFloat32, float16ToFloat32 } from "../float16.ts";
import type { TensorEntry } from "./tensor_entry.ts";

/** The types of published networks. */
export const FLOAT_DTYPES = ["F32", "F16", "BF16"] as const;

export type FloatEntry = TensorEntry & {
  readonly dtype: typeof FLOAT_DTYPES[number];
};

export function isFloatEntry(entry: TensorEntry): entry is FloatEntry {
  return FLOAT_DTYPES.some((it) => it === entry.dtype);
}

/** The values of a tensor as f32, from the data of its file. */
export function readFloats(
  { dtype, offset, length }: FloatEntry,
  data: Uint8Array,
): Float32Array<ArrayBuffer> {
  // A copy, since a tensor may start anywhere.
  const { buffer } = data.slice(offset, offset + length);
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
  }
}

import type { TensorEntry } from "./tensor_entry.ts";

/** The types of published networks. */
export const FLOAT_DTYPES = ["F32", "F16", "BF16", "F64"] as const;

export type FloatDtype = typeof FLOAT_DTYPES[number];

export type FloatEntry = TensorEntry & { readonly dtype: FloatDtype };

export function isFloatEntry(entry: TensorEntry): entry is FloatEntry {
  return isFloatDtype(entry.dtype);
}

export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return FLOAT_DTYPES.some((it) => it === dtype);
}

/** The values of a tensor as f32, from the data of its file. */
export function readFloats(
  { dtype, offset, length }: Omit<FloatEntry, "name" | "shape">,
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
    case "F64":
      return new Float32Array(new Float64Array(buffer));
  }
}

/** From the bits of IEEE 754 binary16, `F16`. */
export function float16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  halfValues ??= Float32Array.from({ length: 65536 }, (_, i) => half(i));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halfValues[bits[i]!]!;
  return values;
}

/** From the upper halves of f32, `BF16`. */
export function bfloat16ToFloat32(
  bits: Uint16Array,
): Float32Array<ArrayBuffer> {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** A table of all binary16 values is by far the fastest way to convert millions. */
let halfValues: Float32Array | undefined;

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

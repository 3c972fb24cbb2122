/**
 * The type of a tensor's values, named as in the reference implementation
 * (github.com/huggingface/safetensors, `tensor.rs`): `F16` is IEEE's binary16, `BF16` the
 * upper half of an f32. Types of less than a byte are missing.
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
export function isDtype(name: string): name is Dtype {
  // Not the names that every object has.
  return Object.hasOwn(DTYPE_BYTES, name);
}

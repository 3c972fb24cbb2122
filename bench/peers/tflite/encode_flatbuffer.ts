/**
 * Tables and vectors for a flatbuffer without generated code: a table is its
 * fields in the order of the schema.
 *
 * What a table refers to is written before it; so the arguments that make it are
 * evaluated before the table begins.
 *
 * @module
 */
import type { Builder, Offset } from "flatbuffers";

/** A field's type and value; a field that is left out has its default. */
export type Field =
  | readonly [type: "byte" | "int" | "float" | "offset", value: number]
  | undefined;

export const byte = (value: number): Field => ["byte", value];
export const int = (value: number): Field => ["int", value];
export const float = (value: number): Field => ["float", value];
/** A table, vector or text that was written before. */
export const offset = (value: Offset): Field => ["offset", value];

/** What a vector of bytes is aligned to, so that it can be read as any numbers. */
const ALIGNMENT = 16;

export function table(builder: Builder, ...fields: readonly Field[]): Offset {
  builder.startObject(fields.length);
  for (const [number, field] of fields.entries()) {
    if (field === undefined) continue;
    const [type, value] = field;
    switch (type) {
      case "byte":
        builder.addFieldInt8(number, value, null);
        break;
      case "int":
        builder.addFieldInt32(number, value, null);
        break;
      case "float":
        builder.addFieldFloat32(number, value, null);
        break;
      case "offset":
        builder.addFieldOffset(number, value, 0);
    }
  }
  return builder.endObject();
}

export function byteVector(builder: Builder, bytes: Uint8Array): Offset {
  builder.prep(ALIGNMENT, bytes.length);
  return builder.createByteVector(bytes);
}

export function intVector(
  builder: Builder,
  values: ArrayLike<number>,
): Offset {
  return vector(builder, 4, values, (it) => builder.addInt32(it));
}

export function longVector(
  builder: Builder,
  values: ArrayLike<number>,
): Offset {
  return vector(builder, 8, values, (it) => builder.addInt64(BigInt(it)));
}

export function floatVector(
  builder: Builder,
  values: ArrayLike<number>,
): Offset {
  return vector(builder, 4, values, (it) => builder.addFloat32(it));
}

export function tableVector(
  builder: Builder,
  tables: readonly Offset[],
): Offset {
  return vector(builder, 4, tables, (it) => builder.addOffset(it));
}

/** A flatbuffer is written from its end, and so is a vector. */
function vector(
  builder: Builder,
  size: number,
  values: ArrayLike<number>,
  add: (value: number) => void,
): Offset {
  builder.startVector(size, values.length, size);
  for (let i = values.length - 1; i >= 0; i--) add(values[i]!);
  return builder.endVector();
}

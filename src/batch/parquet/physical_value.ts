import type { SchemaElement } from "hyparquet";

/**
 * Creates a function that converts a leaf's physical values to those of a `Column`;
 * `undefined` if they are the same.
 */
export function valueReader(
  leaf: SchemaElement,
): ((value: unknown) => unknown) | undefined {
  const { type, converted_type, logical_type } = leaf;
  const kind = logical_type?.type ?? converted_type ?? "";
  if (type === "INT96") return (value) => julianMicroseconds(value as bigint);
  if (kind === "DECIMAL") {
    return (value) =>
      value instanceof Uint8Array
        ? signedInteger(value)
        : BigInt(value as number | bigint);
  }
  if (type === "BYTE_ARRAY") {
    return ["UTF8", "STRING", "ENUM", "JSON"].includes(kind) ? text : undefined;
  }
  if (type === "FIXED_LEN_BYTE_ARRAY") {
    return kind === "FLOAT16" && leaf.type_length === 2
      ? (value) => halfFloat(value as Uint8Array)
      : undefined;
  }
  const isUnsigned = /^UINT/.test(converted_type ?? "") ||
    logical_type?.type === "INTEGER" && !logical_type.isSigned;
  if (!isUnsigned) return undefined;
  return type === "INT32"
    ? (value) => Number(value) >>> 0
    : (value) => BigInt.asUintN(64, value as bigint);
}

// A byte order mark is part of the text.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(value: unknown): string {
  try {
    return decoder.decode(value as Uint8Array);
  } catch {
    throw new Error("a text isn't UTF-8");
  }
}

/** A big-endian number in two's complement. */
function signedInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value << 8n | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Microseconds since 1970 of an INT96: nanoseconds within a day, and the Julian day. */
function julianMicroseconds(value: bigint): bigint {
  const days = (value >> 64n) - 2_440_588n;
  return days * 86_400_000_000n + BigInt.asUintN(64, value) / 1000n;
}

function halfFloat([low = 0, high = 0]: Uint8Array): number {
  const sign = high < 128 ? 1 : -1;
  const exponent = high >> 2 & 31;
  const fraction = ((high & 3) << 8 | low) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -14
    : sign * (1 + fraction) * 2 ** (exponent - 15);
}

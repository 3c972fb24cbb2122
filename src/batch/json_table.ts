/**
 * Tables as JSON Lines: one object per row, with all columns in order. Values that JSON
 * doesn't support are written as follows:
 *
 * - a whole number beyond ±2^53: a string of its digits;
 * - `NaN`, `Infinity` and `-Infinity`: these strings;
 * - dates, times and timestamps: ISO 8601, with `Z` if Parquet says UTC;
 * - decimals: a string of their digits, as in `"12.30"`;
 * - UUIDs: a string in the usual form; other bytes: base64.
 *
 * Such values stay strings when read.
 *
 * @module
 */
import { isObject } from "../argument.ts";
import { CorruptRunError } from "../errors.ts";
import type { Column, Table } from "./table.ts";

/** Serializes a table. */
export function jsonTable({ columns, rows }: Table): Uint8Array {
  const names = columns.map(({ name }) => JSON.stringify(name));
  // Not serialized as objects, which would move numeric names to the front.
  const lines = rows.map((row) =>
    `{${
      columns.map((column, i) =>
        `${names[i]}:${JSON.stringify(jsonValue(column, row[i]))}`
      ).join(",")
    }}\n`
  );
  return new TextEncoder().encode(lines.join(""));
}

/**
 * Reads the values of some columns in each line.
 *
 * @param where The source, for errors.
 * @throws {CorruptRunError} When a line isn't an object with these columns.
 */
export function readJsonTable(
  bytes: Uint8Array,
  columns: readonly Column[],
  where: string,
): unknown[][] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CorruptRunError(`Cannot read ${where} as it isn't UTF-8`, {
      cause,
    });
  }
  const lines = text.split("\n");
  if (lines.pop() !== "") {
    throw new CorruptRunError(
      `Cannot read ${where} as its last line is cut off`,
    );
  }
  return lines.map((line, i) => {
    const object = parse(line);
    if (object === undefined) {
      throw new CorruptRunError(
        `Cannot read ${where} as its line ${i + 1} isn't a JSON object`,
      );
    }
    return columns.map(({ name }) => {
      if (Object.hasOwn(object, name)) return object[name];
      throw new CorruptRunError(
        `Cannot read ${where} as its line ${i + 1} has no "${name}"`,
      );
    });
  });
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** Converts a value to JSON's form. A value already in that form is unchanged. */
export function jsonValue(column: Column, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((it) => jsonValue(column, it));
  if (typeof value === "bigint") return textOfInteger(column, value);
  if (typeof value === "number") {
    if (kindOf(column) === "DATE") return isoDate(value) ?? value;
    if (kindOf(column) === "TIME") return textOfInteger(column, BigInt(value));
    return Number.isFinite(value) ? value : `${value}`;
  }
  if (value instanceof Uint8Array) {
    return kindOf(column) === "UUID" ? uuidText(value) : base64(value);
  }
  return value ?? null;
}

/** The meaning of a column's numbers, such as `"DATE"`. */
function kindOf({ converted_type = "", logical_type }: Column): string {
  return `${logical_type?.type ?? converted_type.replace(/_.*/, "")}`;
}

/** Units in a second of times and timestamps. */
const UNITS = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

function textOfInteger(column: Column, value: bigint): unknown {
  const { converted_type = "", logical_type } = column;
  const unit = `${logical_type?.unit ?? converted_type.replace(/.*_/, "")}`;
  const perSecond = UNITS[unit as keyof typeof UNITS] ?? 1n;
  const zone = logical_type?.isAdjustedToUTC === false ? "" : "Z";
  switch (kindOf(column)) {
    case "TIMESTAMP": {
      const date = isoSeconds(value, perSecond);
      return date === undefined ? `${value}` : date + zone;
    }
    case "TIME":
      return isoSeconds(value, perSecond)?.replace(/^.*T/, "") ?? `${value}`;
    case "DECIMAL":
      return decimalText(value, column.scale ?? 0);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : `${value}`;
}

/** `2026-11-29T04:07:12.123456`; `undefined` in years that ISO 8601 lacks. */
function isoSeconds(value: bigint, perSecond: bigint): string | undefined {
  const fraction = (value % perSecond + perSecond) % perSecond;
  const seconds = (value - fraction) / perSecond;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const digits = `${perSecond}`.length - 1;
  const shown = fraction === 0n
    ? ""
    : `.${`${fraction}`.padStart(digits, "0").replace(/0+$/, "")}`;
  return date.toISOString().replace(/\.000Z$/, shown);
}

function isoDate(days: number): string | undefined {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime())
    ? undefined
    : date.toISOString().replace(/T.*/, "");
}

function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return `${value}`;
  const sign = value < 0n ? "-" : "";
  const digits = `${value < 0n ? -value : value}`.padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (it) => it.toString(16).padStart(2, "0"));
  return hex.join("").replace(
    /^(.{8})(.{4})(.{4})(.{4})/,
    "$1-$2-$3-$4-",
  );
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

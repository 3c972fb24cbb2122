/**
 * A column of a table that isn't nested, with the names of Parquet's schema. Its values
 * are `null`, or
 *
 * - strings for text, and booleans;
 * - numbers for INT32, FLOAT, DOUBLE and half-precision floats (FLOAT16);
 * - bigints for INT64;
 * - the unrounded number of days since 1970 for a date, and of its units for a time or a
 *   timestamp;
 * - bigints for decimals, to be divided by 10 ** `scale`;
 * - `Uint8Array`s for other bytes;
 * - arrays of such values for lists.
 *
 * Values from JSON Lines have JSON's form instead: see `json_table.ts`.
 */
export interface Column {
  /** Its name, unique in its table. */
  readonly name: string;
  /** Parquet's physical type: `"BYTE_ARRAY"`. */
  readonly type: string;
  /** Parquet's converted type: `"UTF8"`. */
  readonly converted_type?: string;
  /** Parquet's logical type, which replaces the converted type in later versions. */
  readonly logical_type?: Readonly<Record<string, unknown>>;
  /** The number of bytes per value, if the type has a fixed length. */
  readonly type_length?: number;
  /** The number of digits after a decimal's point. */
  readonly scale?: number;
  /** The number of digits of a decimal. */
  readonly precision?: number;
  /** Whether a value is a list of such values. */
  readonly isList?: boolean;
}

/** Rows under columns. */
export interface Table {
  readonly columns: readonly Column[];
  /** The rows, with one value per column; `null` if missing. */
  readonly rows: readonly (readonly unknown[])[];
}

/** The format of tables: Parquet, or one JSON object per line. */
export type TableFormat = "parquet" | "jsonl";

/**
 * A column of a table that isn't nested, with the names of Parquet's schema. Its values are
 * `null`, or
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
 * Values from JSON lines have JSON's form instead: see `json_table.ts`.
 */
export interface Column {
  /** Its name, which is unique in its table. */
  readonly name: string;
  /** Parquet's physical type: `"BYTE_ARRAY"`. */
  readonly type: string;
  /** Parquet's converted type: `"UTF8"`. */
  readonly converted_type?: string;
  /** Parquet's logical type, which replaces the converted type in later versions. */
  readonly logical_type?: Readonly<Record<string, unknown>>;
  /** Bytes of a value, if the type has a fixed length. */
  readonly type_length?: number;
  /** The digits after the point of a decimal. */
  readonly scale?: number;
  /** The digits of a decimal. */
  readonly precision?: number;
  /** Whether a value is a list of such values. */
  readonly isList?: boolean;
}

/** Rows under columns. */
export interface Table {
  readonly columns: readonly Column[];
  /** A row has a value for each column, `null` for none. */
  readonly rows: readonly (readonly unknown[])[];
}

/** The format of tables: Parquet, or one JSON object per line. */
export type TableFormat = "parquet" | "jsonl";

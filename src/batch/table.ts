/**
 * A column of a table: what Parquet's schema says of one that isn't nested. A value of
 * it is `null`, or
 *
 * - of text, a string; of a boolean, a boolean;
 * - of INT32, FLOAT and DOUBLE, a number; of INT64, a bigint. A date is its day since
 *   1970, a time or a timestamp the count of its units: nothing is rounded;
 * - of a decimal, the bigint that is divided by 10 ** `scale`;
 * - of other bytes, a `Uint8Array`; of a half-precision float (FLOAT16), a number;
 * - of a list, an array of such values.
 *
 * What was read from JSON lines is as JSON has it instead: see `json_table.ts`.
 */
export interface Column {
  /** Its name, which is unique in its table. */
  readonly name: string;
  /** Parquet's physical type: `"BYTE_ARRAY"`. */
  readonly type: string;
  /** What the physical type stands for, as Parquet has it: `"UTF8"`. */
  readonly converted_type?: string;
  /** As in `converted_type`, in the form of later versions of Parquet. */
  readonly logical_type?: Readonly<Record<string, unknown>>;
  /** Bytes of a value, where the type has a fixed length. */
  readonly type_length?: number;
  /** Of a decimal. */
  readonly scale?: number;
  /** Of a decimal. */
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

/** How tables are written: as Parquet, or as one JSON object a line. */
export type TableFormat = "parquet" | "jsonl";

/** A column of a table: what Parquet's schema says of one that isn't nested. */
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

/**
 * The columns of lists and results. Columns of the corpus with conflicting names are
 * renamed.
 *
 * @module
 */
import type { BatchPlan, PlannedImages } from "./plan.ts";
import type { Column } from "./table.ts";

/** The address of an image: the only column without nulls. */
export const URL_COLUMN: Column = textColumn("url");

/** The classes of an image: the most likely one, and up to five by probability. */
export const CLASS_COLUMNS: readonly Column[] = [
  textColumn("label"),
  { name: "index", type: "INT32" },
  { name: "probability", type: "DOUBLE" },
  { ...textColumn("top_labels"), isList: true },
  { name: "top_indices", type: "INT32", isList: true },
  { name: "top_probabilities", type: "DOUBLE", isList: true },
];

/** Why an image failed: the error's code and text, or null if it succeeded. */
export const FAULT_COLUMNS: readonly Column[] = [
  textColumn("error"),
  textColumn("message"),
];

/** The columns of a run's lists. */
export function listColumns(
  { images }: { readonly images: Pick<PlannedImages, "columns"> },
): readonly Column[] {
  return [URL_COLUMN, ...images.columns];
}

/** The columns of a run's results. */
export function resultColumns(
  { images, task }: Pick<BatchPlan, "images" | "task">,
): readonly Column[] {
  return [
    URL_COLUMN,
    ...images.columns,
    ...(task === "classify" ? CLASS_COLUMNS : []),
    ...FAULT_COLUMNS,
  ];
}

/** A column of text. */
export function textColumn(name: string): Column {
  return {
    name,
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
  };
}

const OURS = [URL_COLUMN, ...CLASS_COLUMNS, ...FAULT_COLUMNS];

/**
 * The columns of a corpus, renamed if a result has a column of that name: `label` becomes
 * `input_label`, or `input_input_label` if that is taken. Names that differ only in case
 * conflict, as in Spark and DuckDB.
 *
 * @returns The columns in their order, and a sentence about each renamed one.
 */
export function inputColumns(
  columns: readonly Column[],
): { readonly columns: readonly Column[]; readonly notes: readonly string[] } {
  const taken = new Set([...OURS, ...columns].map(({ name }) => key(name)));
  const ours = new Set(OURS.map(({ name }) => key(name)));
  const notes: string[] = [];
  const renamed = columns.map((column) => {
    if (!ours.has(key(column.name))) return column;
    let name = `input_${column.name}`;
    while (taken.has(key(name))) name = `input_${name}`;
    taken.add(key(name));
    notes.push(
      `The column "${column.name}" becomes "${name}", as results have their own "${column.name.toLowerCase()}"`,
    );
    return { ...column, name };
  });
  return { columns: renamed, notes };
}

function key(name: string): string {
  return name.toLowerCase();
}

/**
 * The columns of lists and results, and what becomes of a corpus's columns that have the
 * same names.
 *
 * @module
 */
import type { BatchPlan, PlannedImages } from "./plan.ts";
import type { Column } from "./table.ts";

/** The address of an image: the only column that has no nulls. */
export const URL_COLUMN: Column = textColumn("url");

/** What the model says of an image: the best class, and up to five by probability. */
export const CLASS_COLUMNS: readonly Column[] = [
  textColumn("label"),
  { name: "index", type: "INT32" },
  { name: "probability", type: "DOUBLE" },
  { ...textColumn("top_labels"), isList: true },
  { name: "top_indices", type: "INT32", isList: true },
  { name: "top_probabilities", type: "DOUBLE", isList: true },
];

/** Why an image has no answer: the error's code and text. Both are null where it has. */
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
 * A corpus's columns, none of which has the name of one of ours: `label` becomes
 * `input_label`, or `input_input_label` where that is another's. Names that differ in
 * capitals alone are the same, as Spark and DuckDB have it.
 *
 * @returns The columns in their order, and a sentence for each that was renamed.
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

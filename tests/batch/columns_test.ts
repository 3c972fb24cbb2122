import assert from "node:assert/strict";
import {
  inputColumns,
  listColumns,
  resultColumns,
  textColumn,
} from "../../src/batch/columns.ts";

const NAMES = ["label", "caption", "URL", "input_label", "Index"];

Deno.test("a corpus's columns that have names of ours are renamed", () => {
  const { columns, notes } = inputColumns(NAMES.map(textColumn));
  assert.deepEqual(columns.map(({ name }) => name), [
    "input_input_label",
    "caption",
    "input_URL",
    "input_label",
    "input_Index",
  ]);
  assert.deepEqual(notes, [
    'The column "label" becomes "input_input_label", as results have their own "label"',
    'The column "URL" becomes "input_URL", as results have their own "url"',
    'The column "Index" becomes "input_Index", as results have their own "index"',
  ]);
});

Deno.test("results have the corpus's columns between the address and the answer", () => {
  const images = { columns: [textColumn("caption")] } as never;
  const names = (columns: readonly { readonly name: string }[]) =>
    columns.map(({ name }) => name).join(" ");
  assert.equal(names(listColumns({ images })), "url caption");
  assert.equal(
    names(resultColumns({ images, task: "classify" })),
    "url caption label index probability top_labels top_indices top_probabilities error message",
  );
  assert.equal(
    names(resultColumns({ images, task: "features" })),
    "url caption error message",
  );
});

import type { ClassNames } from "../class_names.ts";
import { ArgumentError } from "../errors.ts";
import { areMadeUp } from "../weights/labels.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/** The classes of a model, for parsing a table. */
export interface TableClasses {
  /** The names of the classes. */
  readonly labels: readonly string[];
  /** Looks up classes by name. */
  readonly names: ClassNames;
  /** The minimum number of classes per image: 0 for a model with a sigmoid. */
  readonly least: 0 | 1;
}

type Row = Pick<EvaluatedImage, "name" | "classes">;

/**
 * Parses the rows of a `labels.tsv`: a heading, then one line per image, with
 * tab-separated columns. The first column is the file. Either the second column lists the
 * correct classes, by index or name, separated by commas, and other columns are ignored;
 * or the heading names all labels, and each column is 1 if the image has the label, else
 * 0. Several columns with only 0 and 1 are treated as such labels.
 *
 * @throws {ArgumentError} When a class is unknown, or an image has two rows.
 */
export function parseLabelTable(
  text: string,
  classes: TableClasses,
  path: string,
): readonly Row[] {
  const [heading = "", ...lines] = text.split(/\r?\n/);
  const columns = heading.split("\t").slice(1);
  // With unknown labels in a grid, 0 and 1 would otherwise be read as class indices.
  const isGrid = columns[0] !== undefined &&
    (classes.names.find(columns[0]) !== null || hasFlagsAlone(columns, lines));
  const read = isGrid
    ? gridReader(columns, classes, path)
    : listReader(classes);
  const rows = new Map<string, Row>();
  for (const [i, line] of lines.entries()) {
    const [name, ...cells] = line.split("\t");
    if (!name) continue;
    const wrong = (what: string) =>
      new ArgumentError(`Cannot use ${path} as line ${i + 2} ${what}`);
    if (rows.has(name)) throw wrong(`names ${name} again`);
    const right = read(cells, wrong);
    if (right.length < classes.least) throw wrong("must have a class");
    rows.set(name, { name, classes: right });
  }
  return [...rows.values()];
}

/** Whether there are several columns with only 0 and 1. */
function hasFlagsAlone(
  columns: readonly string[],
  lines: readonly string[],
): boolean {
  const rows = lines.filter((line) => line !== "");
  return columns.length > 1 && rows.length > 0 &&
    rows.every((line) =>
      line.split("\t").slice(1).every((cell) => /^\s*[01]\s*$/.test(cell))
    );
}

/** Parses the classes in a line's cells, except the file's cell. */
type CellReader = (
  cells: readonly string[],
  wrong: (what: string) => ArgumentError,
) => readonly number[];

/** Reads lines with the correct classes in one cell. */
function listReader({ labels, names }: TableClasses): CellReader {
  return ([cell = ""], wrong) => {
    const list = cell.trim();
    if (list === "") return [];
    // A name may contain a comma.
    const whole = /^\d/.test(list) ? null : names.find(list);
    if (whole !== null) return [whole];
    return list.split(",").map((text) => {
      const index = /^\s*\d+\s*$/.test(text)
        ? Number(text)
        : names.find(text) ?? -1;
      if (labels[index] !== undefined) return index;
      throw wrong(
        `must have names of classes, or indices < ${labels.length}: it has "${cell}"${
          namingAdvice(labels) || ". Is the file for another model?"
        }`,
      );
    });
  };
}

/** Reads lines with one column per label. */
function gridReader(
  columns: readonly string[],
  { labels, names }: TableClasses,
  path: string,
): CellReader {
  const indices = columns.map((name) => {
    const index = names.find(name);
    if (index !== null) return index;
    throw new ArgumentError(
      `Cannot use ${path} as its columns must be labels of the model: "${name}" isn't one${
        namingAdvice(labels)
      }`,
    );
  });
  const absent = labels.find((_, index) => !indices.includes(index));
  if (absent !== undefined) {
    throw new ArgumentError(
      `Cannot use ${path} as each label must have a column: "${absent}" has none`,
    );
  }
  return (cells, wrong) =>
    indices.filter((_, column) => {
      const cell = cells[column]?.trim();
      if (cell === "0" || cell === "1") return cell === "1";
      throw wrong(`must have 0 or 1 for each label: it has "${cell ?? ""}"`);
    });
}

/** How to name classes that have no names, to append to the error for an unknown name. */
export function namingAdvice(labels: readonly string[]): string {
  return areMadeUp(labels)
    ? ". Name the classes with --labels FILE or a classes.json beside the model"
    : "";
}

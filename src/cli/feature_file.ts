/**
 * Features that outlive the process: a NumPy array, and beside it a file of lines
 * that says of which images its rows are.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { withFile } from "./file_error.ts";
import { type Conditions, openLinesFile, parseObject } from "./lines_file.ts";
import { openNpyFile } from "./npy_file.ts";

/** Open files of features. */
export interface FeatureFile extends Disposable {
  /** How many images have their rows. */
  readonly done: number;
  /** Of those, the images without features, whose rows are NaN. */
  readonly failed: readonly FailedImage[];
  /** Adds the next image's row. */
  add(file: string, row: Float32Array): void;
  /** Adds a row of NaN. */
  fail(image: FailedImage): void;
}

/** An image without features, and why it has none. */
export interface FailedImage {
  readonly file: string;
  readonly error: string;
}

const FORMAT = "totem features 1";

/** Of the array at `path`: what its rows are of. */
export function rowsPath(path: string): string {
  return `${path}.rows.jsonl`;
}

/**
 * Opens the array at `path`, or begins it. A row counts when it is whole and its line
 * is there.
 *
 * @param files The images, in the order of the rows.
 * @param columns How many features each has.
 * @throws {ArgumentError} When rows are of other images, or were made under other
 * conditions, or the array is another file; all is left as it is.
 */
export async function openFeatureFile(
  path: string,
  files: readonly string[],
  columns: number,
  conditions: Conditions,
): Promise<FeatureFile> {
  using opened = new DisposableStack();
  const header = { format: FORMAT, ...conditions, columns };
  const lines = opened.use(
    await openLinesFile(rowsPath(path), header, "rows of features"),
  );
  const array = opened.use(
    await withFile("resume", path, () => openNpyFile(path, columns)),
  );
  if (array.rows > 0 && lines.lines.length === 0) {
    throw new ArgumentError(
      `Cannot resume ${path} as nothing in ${
        rowsPath(path)
      } says what its rows are of: name another file`,
    );
  }
  const done = Math.min(array.rows, lines.lines.length);
  const failed: FailedImage[] = [];
  for (let i = 0; i < done; i++) {
    const { file, error } = parseObject(lines.lines[i]!) ?? {};
    if (file !== files[i]) {
      throw new ArgumentError(
        `Cannot resume ${path} as its row ${i + 1} is of ${file}: now ${
          files[i] ?? "nothing"
        } is there`,
      );
    }
    if (typeof error === "string") failed.push({ file: files[i]!, error });
  }
  array.cut(done);
  lines.cut(done);
  const absent = new Float32Array(columns).fill(NaN);
  const closing = opened.move();
  return {
    done,
    failed,
    add(file, row) {
      array.add(row);
      lines.add({ file });
    },
    fail(image) {
      array.add(absent);
      lines.add(image);
    },
    [Symbol.dispose]: () => closing.dispose(),
  };
}

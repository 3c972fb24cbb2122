import { asBytes } from "../io/bytes.ts";
import { ArgumentError } from "../errors.ts";
import type { FeatureTable } from "../train/features.ts";
import { withOpenFile } from "./file_error.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";
import { PART } from "./write_file.ts";

/** The number of rows in memory: 256 MiB with 2048 features. */
const ROWS_IN_MEMORY = 2 ** 15;

/**
 * A table of features in memory. Rows after the first `rowsInMemory` go to a file, which
 * is unlinked from `path` at once, so that not even a crash leaves it behind.
 */
export function featureTable(
  path: string,
  rowsInMemory = ROWS_IN_MEMORY,
): FeatureTable & Disposable {
  const first: Float32Array[] = [];
  const classes: number[] = [];
  let file: SystemFile | undefined;
  const named = path.replace(PART, ""); // For errors.
  return {
    classes,
    add(features, classIndex) {
      classes.push(classIndex);
      if (first.length < rowsInMemory) {
        first.push(features);
        return;
      }
      file ??= openNameless(path);
      file.seekSync(0, SEEK.end);
      const bytes = asBytes(features);
      withOpenFile("write", named, () => writeAll(file!, bytes));
    },
    read(rows) {
      const width = first[0]?.length ?? 0;
      const values = new Float32Array(rows.length * width);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        const place = values.subarray(i * width, (i + 1) * width);
        if (row < first.length) place.set(first[row]!);
        else readRow(file!, row - first.length, asBytes(place));
      }
      return values;
    },
    [Symbol.dispose]() {
      file?.close();
      file = undefined;
    },
  };
}

function openNameless(path: string): SystemFile {
  const file = system.openSync(path, {
    createNew: true,
    read: true,
    write: true,
  });
  system.removeSync(path);
  return file;
}

function readRow(file: SystemFile, row: number, bytes: Uint8Array): void {
  file.seekSync(row * bytes.length, SEEK.start);
  for (let done = 0; done < bytes.length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) {
      throw new ArgumentError(
        `Cannot read the features of row ${row} as their file is cut off`,
      );
    }
    done += count;
  }
}

import { ArgumentError } from "../errors.ts";
import { withFile, withOpenFile } from "./file_error.ts";
import { type Conditions, parseObject } from "../io/json_lines.ts";
import { type LinesFile, openLinesFile } from "./lines_file.ts";
import { assertFileOrNone } from "./named_file.ts";
import type { InputFile } from "./image_files.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";
import { asBytes } from "../io/bytes.ts";
import { npyHeader, npyRows } from "../io/npy.ts";

/** A NumPy array, and beside it a JSON Lines file that names the image of each row. */
export interface FeatureFile extends Disposable {
  /** The number of images that have a row. */
  readonly done: number;
  /** How many of those failed: their rows are NaN. */
  readonly failed: number;
  /** The image of the first row that was cut off because it may have changed. */
  readonly outdated: string | undefined;
  /** The images of the finished rows, read from the file. */
  rows(): Generator<FeatureRow, void, void>;
  /** Adds the next image's row. */
  add(image: VersionedFile, row: Float32Array): void;
  /** Adds a row of NaN for the next image, with its error. */
  fail(image: VersionedFile, error: string): void;
}

/** An image that has a row, or will get one. */
export interface VersionedFile extends InputFile {
  /** The version from {@linkcode versionOf}; `undefined` if unknown. */
  readonly version: string | undefined;
}

/** The image of a row. */
export interface FeatureRow {
  readonly file: string;
  /** Why it has no features; `undefined` if it has features. */
  readonly error: string | undefined;
}

const FORMAT = "totem features 1";

/** The path of the file that names the images of the array at `path`. */
export function rowsPath(path: string): string {
  return `${path}.rows.jsonl`;
}

/**
 * Opens or creates the array at `path`. A row counts if it is complete and its line
 * exists. Rows are cut off from the first one whose image has changed.
 *
 * @param files The images. Reads at most one image per existing row.
 * @param columns The number of features per image.
 * @throws {ArgumentError} When the rows are of other images or were made under other
 * conditions, or the array is another file. Nothing is changed or created then.
 */
export async function openFeatureFile(
  path: string,
  files: Iterable<VersionedFile> | AsyncIterable<VersionedFile>,
  columns: number,
  conditions: Conditions,
): Promise<FeatureFile> {
  const header = { format: FORMAT, ...conditions, columns };
  const lines = await openLinesFile(rowsPath(path), header, "rows of features");
  let array: NpyFile | undefined;
  const close = () => {
    array?.[Symbol.dispose]();
    lines[Symbol.dispose]();
  };
  try {
    await assertFileOrNone("resume", path);
    array = await withFile("resume", path, () => openNpyFile(path, columns));
    return {
      ...await resume(path, lines, array, files, columns),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    // Before closing: afterwards, another process may have opened it.
    if (lines.isNew) await system.remove(rowsPath(path)).catch(() => {});
    close();
    throw error;
  }
}

/** Finds the valid rows, cuts off the others and continues after them. */
async function resume(
  path: string,
  lines: LinesFile,
  array: NpyFile,
  files: Iterable<VersionedFile> | AsyncIterable<VersionedFile>,
  columns: number,
): Promise<Omit<FeatureFile, typeof Symbol.dispose>> {
  const rows = rowsIn(lines, array.rows);
  let next = rows.next();
  if (array.rows > 0 && next.done) {
    throw new ArgumentError(
      `Cannot resume ${path} as nothing in ${
        rowsPath(path)
      } says what its rows are of: name another file`,
    );
  }
  let place = 1;
  const assertSame = (row: Row, file: string | undefined) => {
    if (file !== undefined && row.file === file) return;
    throw new ArgumentError(
      `Cannot resume ${path} as its row ${place} is of ${row.file}: now ${
        file ?? "nothing"
      } is there. Name the images that it was begun with, in their order and more only after them, or another file`,
    );
  };
  let done = 0;
  let failed = 0;
  let outdated: string | undefined;
  for await (const { file, version } of files) {
    if (next.done) break;
    const row = next.value;
    assertSame(row, file);
    if (version === undefined || row.version !== version) outdated ??= file;
    if (outdated === undefined) {
      done++;
      if (typeof row.error === "string") failed++;
    }
    next = rows.next();
    place++;
  }
  if (!next.done) assertSame(next.value, undefined);
  array.cut(done);
  lines.cut(done);
  const absent = new Float32Array(columns).fill(NaN);
  return {
    done,
    failed,
    outdated,
    *rows() {
      for (const { file, error } of rowsIn(lines, done)) {
        yield {
          file: `${file}`,
          error: typeof error === "string" ? error : undefined,
        };
      }
    },
    add({ file, version }, row) {
      array.add(row);
      lines.add({ file, version });
    },
    fail({ file, version }, error) {
      array.add(absent);
      lines.add({ file, version, error });
    },
  };
}

/** The line of an image, not validated. */
type Row = Readonly<Record<string, unknown>>;

/** The parsed values of the first `count` lines. */
function* rowsIn(
  { lines }: LinesFile,
  count: number,
): Generator<Row, void, void> {
  let i = 0;
  for (const line of lines()) {
    if (i++ === count) return;
    yield parseObject(line) ?? {};
  }
}

/** An open `.npy` file with a `[rows, columns]` f32 array. */
interface NpyFile extends Disposable {
  /** The current number of complete rows. */
  readonly rows: number;
  /** Keeps only the first `rows` rows. */
  cut(rows: number): void;
  /** Adds a row, then counts it in the header, so that a crash leaves no partial row. */
  add(row: Float32Array): void;
}

/** @throws {ArgumentError} When it is another file. It is left unchanged. */
async function openNpyFile(
  path: string,
  columns: number,
): Promise<NpyFile> {
  const file = await system.open(path, {
    read: true,
    write: true,
    create: true,
  });
  const start = npyHeader([0, columns]).length;
  try {
    const { size } = await file.stat();
    let rows = size === 0 ? 0 : countRows(file, columns);
    if (rows === null) {
      throw new ArgumentError(
        `Cannot resume ${path} as it isn't an array of rows of ${columns} features`,
      );
    }
    const write = (bytes: Uint8Array, offset: number) => {
      file.seekSync(offset, SEEK.start);
      withOpenFile("write", path, () => writeAll(file, bytes));
    };
    const count = (found: number) => {
      rows = found;
      write(npyHeader([found, columns]), 0);
    };
    if (size === 0) count(0);
    return {
      get rows() {
        return rows!;
      },
      cut(wanted) {
        count(wanted);
        file.truncateSync(start + wanted * columns * 4);
      },
      add(row) {
        const bytes = asBytes(row);
        write(bytes, start + rows! * bytes.length);
        count(rows! + 1);
      },
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The number of complete rows of an array; `null` if it is another file. */
function countRows(file: SystemFile, columns: number): number | null {
  const header = new Uint8Array(npyHeader([0, columns]).length);
  file.readSync(header);
  const rows = npyRows(header, columns);
  if (rows === null) return null;
  const { size } = file.statSync();
  return Math.min(rows, Math.floor((size - header.length) / (4 * columns)));
}

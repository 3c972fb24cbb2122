import { asBytes } from "../io/bytes.ts";
import { ArgumentError } from "../errors.ts";
import { npyHeader, npyRows } from "../io/npy.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";

/** An open file of an array, `[rows, columns]` of f32. */
export interface NpyFile extends Disposable {
  /** How many whole rows it had when it was opened. */
  readonly rows: number;
  /** Keeps only the first `rows` of them. */
  cut(rows: number): void;
  /** Adds a row. Only then the header counts it, so that no crash leaves half of one. */
  add(row: Float32Array): void;
}

/** @throws {ArgumentError} When it is another file; it is left as it is. */
export async function openNpyFile(
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
      writeAll(file, bytes);
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

/** The whole rows of an array; `null` if it is another file. */
function countRows(file: SystemFile, columns: number): number | null {
  const header = new Uint8Array(npyHeader([0, columns]).length);
  file.readSync(header);
  const rows = npyRows(header, columns);
  if (rows === null) return null;
  const { size } = file.statSync();
  return Math.min(rows, Math.floor((size - header.length) / (4 * columns)));
}

import type {
  FileMetaData,
  parquetMetadata,
  SchemaElement,
  SchemaTree,
} from "hyparquet";
import { CorruptRunError, TotemError } from "../../errors.ts";
import type { ByteRanges } from "../../io/byte_ranges.ts";
import type { Column } from "../table.ts";
import { type ColumnChunk, columnReader } from "./column_reader.ts";
import { type ParquetColumn, parquetColumn } from "./parquet_column.ts";
import { hyparquet } from "./hyparquet.ts";
import { thriftEnd } from "./thrift_end.ts";
import type { Values } from "./values.ts";

/** A Parquet file whose rows are read page by page. */
export interface ParquetFile {
  /** The columns that aren't nested. */
  readonly columns: readonly Column[];
  /** The names of the other columns. */
  readonly nested: readonly string[];
  readonly rowCount: number;
  /** The values of the named columns, row by row. */
  rows(names: readonly string[]): AsyncGenerator<unknown[], void, void>;
}

/** The maximum size of the metadata in bytes. 100,000 row groups need less. */
const MAX_METADATA_BYTES = 2 ** 28;
const MAGIC = 0x31524150;
/** The number of rows decoded at a time. A page may have a million. */
const ROWS_AT_ONCE = 1000;

/**
 * Opens a Parquet file.
 *
 * @param where The file's address, for errors.
 * @throws {CorruptRunError} When it is damaged; also while its rows are being read.
 * @throws {PackageUnavailableError} When a required package isn't installed.
 */
export async function openParquet(
  bytes: ByteRanges,
  where: string,
): Promise<ParquetFile> {
  const source = marked(bytes);
  const { parquetMetadata, parquetSchema } = await hyparquet();
  return await guarded(where, async () => {
    const metadata = await readMetadata(source, parquetMetadata);
    const tree = parquetSchema(metadata) as SchemaTree;
    const found = tree.children.map((it) =>
      [it, parquetColumn(tree, it)] as const
    );
    const names = tree.children.map(({ element }) => element.name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new Error(`two columns have the name "${twice}"`);
    }
    const columns = found.flatMap(([, it]) => it ?? []);
    const groups = metadata.row_groups.map(({ num_rows }) => rowsOf(num_rows));
    const rowCount = groups.reduce((sum, it) => sum + it, 0);
    if (rowCount !== rowsOf(metadata.num_rows)) {
      throw new Error(
        `its row groups have ${rowCount} rows, and it says ${metadata.num_rows}`,
      );
    }
    return {
      columns: columns.map(({ column }) => column),
      nested: found.filter(([, it]) => it === undefined)
        .map(([{ element }]) => element.name),
      rowCount,
      async *rows(names) {
        const chosen = names.map((name) =>
          columns.find(({ column }) => column.name === name)!
        );
        for (const [i, count] of groups.entries()) {
          const group = metadata.row_groups[i]!;
          const rows = rowsOfGroup(source, group.columns, chosen, count);
          while (true) {
            const { done, value } = await guarded(where, () => rows.next());
            if (done) break;
            yield* value;
          }
        }
      },
    };
  });
}

/** Reads the metadata at the end of a file. */
async function readMetadata(
  source: ByteRanges,
  parse: typeof parquetMetadata,
): Promise<FileMetaData> {
  const { size } = source;
  if (size < 12) throw new Error("it is too short");
  const tail = await source.read(size - 8, size);
  const view = new DataView(tail.buffer, tail.byteOffset, 8);
  if (view.getUint32(4, true) !== MAGIC) {
    throw new Error('it doesn\'t end with "PAR1": is it whole?');
  }
  const length = view.getUint32(0, true);
  if (length > Math.min(size - 12, MAX_METADATA_BYTES)) {
    throw new Error(`its metadata can't have ${length} bytes`);
  }
  const bytes = await source.read(size - 8 - length, size);
  if (thriftEnd(bytes, 0) === undefined) {
    throw new Error("its metadata is cut off");
  }
  const metadata = parse(bytes, { geoparquet: false });
  for (const element of metadata.schema) assertElement(element);
  return metadata;
}

/** Checks the types of an element of the schema. */
function assertElement(element: SchemaElement): void {
  const { name, type_length, num_children, scale, precision } = element;
  const { logical_type } = element;
  const parameters = logical_type?.type ? Object.values(logical_type) : [];
  const numbers = [type_length, num_children, scale, precision, ...parameters]
    .filter((it) => !["undefined", "boolean", "string"].includes(typeof it));
  if (typeof name === "string" && numbers.every(Number.isSafeInteger)) return;
  throw new Error("its schema is damaged");
}

/** The rows of a group, in blocks. */
async function* rowsOfGroup(
  source: ByteRanges,
  chunks: readonly ColumnChunk[],
  columns: readonly ParquetColumn[],
  count: number,
): AsyncGenerator<unknown[][], void, void> {
  const readers = columns.map((column) => {
    const path = column.nodes.at(-1)!.path.join("\0");
    const chunk = chunks.find(({ meta_data }) =>
      meta_data?.path_in_schema.join("\0") === path
    );
    const { name } = column.column;
    return valueTaker(name, columnReader(source, column, chunk, count));
  });
  for (let row = 0; row < count; row += ROWS_AT_ONCE) {
    const size = Math.min(ROWS_AT_ONCE, count - row);
    const values: unknown[][] = [];
    for (const take of readers) values.push(await take(size));
    yield Array.from({ length: size }, (_, i) => values.map((it) => it[i]));
  }
}

/** Creates a function that returns the next `count` values of a column. */
function valueTaker(
  name: string,
  pages: AsyncGenerator<Values, void, void>,
): (count: number) => Promise<unknown[]> {
  let page: Values = [];
  let at = 0;
  const take = async (count: number) => {
    const values: unknown[] = [];
    while (values.length < count) {
      if (at < page.length) values.push(page.at(at++));
      else {
        const { done, value } = await pages.next();
        if (done) throw new Error("it has fewer values than rows");
        [page, at] = [value, 0];
      }
    }
    return values;
  };
  return async (count) => {
    try {
      return await take(count);
    } catch (error) {
      if (error instanceof TotemError || error instanceof SourceError) {
        throw error;
      }
      const { message } = error as Error;
      throw new Error(`its column "${name}": ${message}`, { cause: error });
    }
  };
}

function rowsOf(count: unknown): number {
  const rows = Number(count);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows;
  throw new Error(`it can't have ${count} rows`);
}

/** An error of the source. The file itself may be valid. */
class SourceError extends Error {}

function marked({ size, read }: ByteRanges): ByteRanges {
  return {
    size,
    async read(start, end) {
      try {
        return await read(start, end);
      } catch (cause) {
        throw new SourceError("", { cause });
      }
    },
  };
}

/** Converts any error of a decoder into one that names the file. */
async function guarded<T>(
  where: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof SourceError) throw cause.cause;
    if (cause instanceof TotemError) throw cause;
    throw new CorruptRunError(
      `Cannot read ${where} as Parquet: ${(cause as Error).message}`,
      { cause },
    );
  }
}

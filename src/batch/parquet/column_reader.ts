/**
 * Reads a column of a row group page by page.
 *
 * @module
 */
import type { FileMetaData, PageHeader } from "hyparquet";
import type { ByteRanges } from "../../io/byte_ranges.ts";
import { type Decompress, decompressor } from "./decompressor.ts";
import { type Hyparquet, hyparquet } from "./hyparquet.ts";
import type { ParquetColumn } from "./parquet_column.ts";
import { valueReader } from "./physical_value.ts";
import { type Page, type PageHead, readPage } from "./read_page.ts";
import { thriftEnd } from "./thrift_end.ts";
import { mapValues, type Values, withNulls } from "./values.ts";

/** The location of a column's values in a row group. */
export type ColumnChunk = FileMetaData["row_groups"][number]["columns"][number];
type ChunkMeta = NonNullable<ColumnChunk["meta_data"]>;

/** Bytes per read, unless a page has more. */
const BLOCK = 2 ** 20;
/** The maximum size of a page's header in bytes. It may have statistics. */
const MAX_HEADER = 2 ** 24;
/** The maximum size of a page in bytes. Writers end it at a MB, or with the row group. */
const MAX_PAGE = 2 ** 29;
/** The maximum number of values of a page, as a few bytes can encode any number. */
const MAX_VALUES = 2 ** 24;

/**
 * Yields the values of a column in a row group, page by page.
 *
 * @param rowCount The number of rows in the group.
 * @throws {Error} When a page is damaged.
 */
export async function* columnReader(
  source: ByteRanges,
  column: ParquetColumn,
  chunk: ColumnChunk | undefined,
  rowCount: number,
): AsyncGenerator<Values, void, void> {
  const meta = chunk?.meta_data;
  if (meta === undefined || chunk?.file_path) {
    throw new Error("its values aren't in this file");
  }
  if (meta.type !== column.leaf.type) {
    throw new Error(`it is of the types ${column.leaf.type} and ${meta.type}`);
  }
  const lists = column.listLevel === undefined ? null : listRows(column);
  let rows = 0;
  const most = () => lists ? MAX_VALUES : Math.min(rowCount - rows, MAX_VALUES);
  for await (const page of pages(source, column, meta, most)) {
    const values = lists ? lists.add(page) : flatRows(page, column);
    rows += values.length;
    if (values.length > 0) yield values;
  }
  const last = lists?.end() ?? [];
  rows += last.length;
  if (rows > rowCount) throw new Error("it has more values than rows");
  if (last.length > 0) yield last;
}

/** @param most Returns the maximum number of values of the next page. */
async function* pages(
  source: ByteRanges,
  column: ParquetColumn,
  meta: ChunkMeta,
  most: () => number,
): AsyncGenerator<Page, void, void> {
  const package_ = await hyparquet();
  const decompress = await decompressor(meta.codec);
  const valueOf = valueReader(column.leaf);
  const convert = (values: Values) =>
    valueOf === undefined ? values : mapValues(values, valueOf);
  const bytes = sequence(source, meta);
  let dictionary: unknown[] = [];
  while (bytes.rest() > 0) {
    const header = await readHeader(bytes, package_.parquetHeader);
    assertSize(header.compressed_page_size, bytes.rest());
    assertSize(header.uncompressed_page_size, MAX_PAGE);
    const body = await bytes.take(header.compressed_page_size);
    const { dictionary_page_header, data_page_header, data_page_header_v2 } =
      header;
    if (dictionary_page_header) {
      const { num_values } = dictionary_page_header;
      const page = decompress(body, header.uncompressed_page_size);
      assertSize(num_values, MAX_VALUES);
      const head = { num_values, encoding: "PLAIN" } as const;
      const flat = { ...column, maxLevel: 0, listLevel: undefined };
      const values = convert(readPage(page, head, flat, package_).values);
      dictionary = Array.from({ length: num_values }, (_, i) => values.at(i));
    } else if (data_page_header || data_page_header_v2) {
      const head = (data_page_header ?? data_page_header_v2) as PageHead;
      assertSize(head.num_values, most());
      const page = data_page_header
        ? decompress(body, header.uncompressed_page_size)
        : unpackedV2(header, body, decompress);
      const found = readPage(page, head, column, package_);
      const values = head.encoding.endsWith("_DICTIONARY")
        ? lookUp(dictionary, found.values)
        : convert(found.values);
      yield { ...found, values };
    }
  }
}

/** Unpacks a page of the second version, whose levels aren't compressed. */
function unpackedV2(
  header: PageHeader,
  body: Uint8Array,
  decompress: Decompress,
): Uint8Array {
  const {
    definition_levels_byte_length,
    repetition_levels_byte_length,
    is_compressed,
  } = header.data_page_header_v2!;
  if (is_compressed === false) return body.slice();
  const size = header.uncompressed_page_size;
  const most = Math.min(body.length, size);
  assertSize(definition_levels_byte_length, most);
  assertSize(repetition_levels_byte_length, most);
  const levels = definition_levels_byte_length + repetition_levels_byte_length;
  assertSize(levels, most);
  const page = new Uint8Array(size);
  page.set(body.subarray(0, levels));
  // Without values, some writers leave out the compressed part.
  if (levels < size) {
    page.set(decompress(body.subarray(levels), size - levels), levels);
  }
  return page;
}

async function readHeader(
  bytes: ReturnType<typeof sequence>,
  parse: Hyparquet["parquetHeader"],
): Promise<PageHeader> {
  for (let size = 2 ** 12; size <= MAX_HEADER; size *= 16) {
    const start = await bytes.peek(size);
    const end = thriftEnd(start, 0);
    if (end !== undefined) {
      const { buffer, byteOffset } = await bytes.take(end);
      return parse({ view: new DataView(buffer, byteOffset, end), offset: 0 });
    }
    if (start.length < size) break;
  }
  throw new Error("the header of a page is cut off");
}

/** Reads the bytes of a column in a row group sequentially. */
function sequence(source: ByteRanges, meta: ChunkMeta) {
  const offsets = [meta.dictionary_page_offset, meta.data_page_offset]
    .map((it) => Number(it ?? 0)).filter((it) => it > 0);
  let at = Math.min(...offsets);
  const end = at + Number(meta.total_compressed_size);
  if (!(at >= 4 && at <= end && end <= source.size)) {
    throw new Error("its values aren't within the file");
  }
  let block = new Uint8Array() as Uint8Array;
  /** The next `count` bytes, or all remaining ones. */
  const peek = async (count: number) => {
    if (block.length < Math.min(count, end - at)) {
      const size = Math.max(count, BLOCK);
      block = await source.read(at, Math.min(at + size, end));
    }
    return block.subarray(0, count);
  };
  return {
    rest: () => end - at,
    peek,
    async take(count: number) {
      const bytes = await peek(count);
      block = block.subarray(count);
      at += count;
      return bytes;
    },
  };
}

function assertSize(size: number, most: number): void {
  if (Number.isSafeInteger(size) && size >= 0 && size <= most) return;
  throw new Error(
    `a page must have counts and sizes in 0..${most}: current value is ${size}`,
  );
}

function lookUp(dictionary: readonly unknown[], indices: Values): Values {
  return mapValues(indices, (index) => {
    if (Number(index) < dictionary.length) return dictionary[Number(index)];
    throw new Error("a value isn't in its dictionary");
  });
}

/** The values, with null for rows that have none. */
function flatRows(
  { count, definitionLevels, values }: Page,
  { maxLevel }: ParquetColumn,
): Values {
  return values.length === count
    ? values
    : withNulls(values, count, (i) => definitionLevels![i] === maxLevel);
}

/** Collects rows that are lists. A list may continue on the next page. */
function listRows({ maxLevel, listLevel, leaf: { name } }: ParquetColumn) {
  /** The last row, which may continue. */
  let last: unknown[] | null | undefined;
  return {
    /** Returns the rows that a page completes. */
    add({ count, definitionLevels, repetitionLevels, values }: Page) {
      const rows: unknown[] = [];
      let next = 0;
      for (let i = 0; i < count; i++) {
        const level = definitionLevels![i]!;
        if (repetitionLevels![i] === 0) {
          if (last !== undefined) rows.push(last);
          // If lists may be null, an empty list has level 1.
          last = level === 0 && listLevel === 2 ? null : [];
        }
        if (level < listLevel!) continue;
        if (!last) throw new Error(`a list of "${name}" has no start`);
        last.push(level === maxLevel ? values.at(next++) : null);
      }
      return rows;
    },
    end: () => last === undefined ? [] : [last],
  };
}

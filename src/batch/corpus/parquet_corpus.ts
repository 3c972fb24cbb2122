import type { ByteRanges } from "../../io/byte_ranges.ts";
import { inputColumns } from "../columns.ts";
import { openParquet } from "../parquet/parquet_file.ts";
import type { Corpus } from "./corpus.ts";
import { addressError, corpusError } from "./corpus_error.ts";
import { listRoot } from "./current_folder.ts";
import { imageAddress } from "./image_address.ts";

/** Whether a file is Parquet, by its first bytes. */
export function isParquet([p, a, r, one]: Uint8Array): boolean {
  return String.fromCharCode(p!, a!, r!, one!) === "PAR1";
}

/**
 * The images named by a column of a Parquet file. Its other columns, except nested ones,
 * are copied to the results.
 *
 * @throws {ArgumentError} When it has no such column, or the column isn't text.
 * @throws {CorruptRunError} When it is damaged; also while it is being read.
 */
export async function parquetCorpus(
  source: ByteRanges,
  address: string,
  urlColumn = "url",
): Promise<Corpus> {
  const file = await openParquet(source, address);
  const url = file.columns.find(({ name }) => name === urlColumn);
  if (url === undefined) {
    const names = [...file.columns.map(({ name }) => name), ...file.nested];
    throw corpusError(
      address,
      `it has no column "${urlColumn}": choose one with --url-column, or urlColumn: ${
        names.map((it) => `"${it}"`).join(", ")
      }`,
    );
  }
  if (url.converted_type !== "UTF8" || url.isList) {
    throw corpusError(address, `its column "${urlColumn}" isn't of text`);
  }
  const others = file.columns.filter((it) => it !== url);
  const { columns, notes } = inputColumns(others);
  const root = listRoot();
  return {
    address,
    urlColumn,
    columns,
    get root() {
      return root.path;
    },
    notes: [
      ...file.nested.map((it) =>
        `The column "${it}" is left out, as its values are nested or of a type that isn't kept`
      ),
      ...notes,
    ],
    async *rows() {
      const names = [url, ...others].map(({ name }) => name);
      let number = 0;
      for await (const [text, ...values] of file.rows(names)) {
        number++;
        const found = typeof text === "string"
          ? imageAddress(text)
          : { fault: "it is null" };
        if (!("url" in found)) {
          const where = `its column "${urlColumn}" in row ${number}`;
          throw addressError(address, where, found.fault);
        }
        root.see(found.url);
        yield { url: found.url, values };
      }
    },
  };
}

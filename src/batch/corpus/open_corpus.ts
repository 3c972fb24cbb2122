import {
  assertArgument,
  assertOptions,
  type OptionNames,
} from "../../argument.ts";
import { isAddress } from "../../io/address.ts";
import { fileRanges } from "../../io/byte_ranges.ts";
import { type OpenFile, openFile, openFileOrKind } from "../../io/open_file.ts";
import { systemReason } from "../../io/system_reason.ts";
import { isS3Address } from "../s3/s3_address.ts";
import type { Corpus } from "./corpus.ts";
import { corpusError, noColumnError } from "./corpus_error.ts";
import { folderCorpus } from "./folder_corpus.ts";
import { pathOfUrl } from "./image_address.ts";
import { isParquet, parquetCorpus } from "./parquet_corpus.ts";
import { FIRST_BLOCK, textCorpus } from "./text_corpus.ts";

/** Options of `openCorpus`. */
export interface CorpusOptions {
  /** The column of a Parquet file with paths or URLs. @default "url" */
  readonly urlColumn?: string | undefined;
}

const OPTIONS: OptionNames<CorpusOptions> = { urlColumn: true };

/**
 * Opens the images of a batch run. They are read while `rows()` is iterated, so memory
 * use doesn't depend on their number. Duplicates are kept.
 *
 * @param source One of
 * - a folder: the images in it and its subfolders, except hidden ones;
 * - a text file in UTF-8 with one path or URL per line, or each followed by NUL, as
 *   `find -print0` writes them. Lines aren't trimmed, and empty ones are skipped;
 * - a Parquet file, whose other columns are copied to the results;
 * - `s3://bucket/prefix/`: the images there, by their extensions, except hidden ones; or,
 *   without a trailing slash, a text or Parquet file in a bucket.
 *
 * Relative paths in a file are relative to the current folder.
 *
 * @throws {ArgumentError} When there is no such corpus. `rows()` throws one for an
 * entry that is neither a path nor a URL.
 * @throws {CorruptRunError} When a Parquet file is damaged. `rows()` may throw it, too.
 * @throws {StorageError} When a bucket can't be read. `rows()` may throw it, too, also
 * for a folder.
 * @throws {PackageUnavailableError} When a package that reads the corpus isn't installed.
 */
export async function openCorpus(
  source: string,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const action = "open a corpus";
  assertArgument(
    typeof source === "string" && source !== "",
    `${action} as its source must be a path or an address`,
    source,
  );
  assertOptions(action, options, OPTIONS);
  const { urlColumn } = options;
  assertArgument(
    urlColumn === undefined || typeof urlColumn === "string",
    `${action} as urlColumn must be a column's name`,
    urlColumn,
  );
  if (isS3Address(source)) {
    const { bucketCorpus } = await import("./bucket_corpus.ts");
    return await bucketCorpus(source, urlColumn);
  }
  const path = /^file:/i.test(source) ? pathOfUrl(source) ?? source : source;
  if (isAddress(path)) {
    throw corpusError(source, "download it, and give the file");
  }
  try {
    return await openPath(path, source, urlColumn);
  } catch (error) {
    const reason = systemReason(error);
    throw reason === undefined ? error : corpusError(source, reason, error);
  }
}

async function openPath(
  path: string,
  address: string,
  urlColumn: string | undefined,
): Promise<Corpus> {
  const found = await openFileOrKind(path);
  if (found === undefined) {
    throw corpusError(address, "there is no such file or folder");
  }
  if (found === "pipe or device") {
    throw corpusError(address, "it must be a file or a folder, not a pipe");
  }
  const start = found === "folder" ? null : await firstBlock(found);
  if (start !== null && isParquet(start)) {
    return await parquetCorpus(await fileRanges(path), address, urlColumn);
  }
  if (urlColumn !== undefined) throw noColumnError(address, urlColumn);
  return start === null
    ? folderCorpus(path, address)
    : textCorpus(() => openFile(path), start, address);
}

async function firstBlock(file: OpenFile): Promise<Uint8Array> {
  try {
    const block = new Uint8Array(FIRST_BLOCK);
    let length = 0;
    while (length < block.length) {
      const count = await file.read(block.subarray(length));
      if (count === 0) break;
      length += count;
    }
    return block.subarray(0, length);
  } finally {
    await file.close();
  }
}

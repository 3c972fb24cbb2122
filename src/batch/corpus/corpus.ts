import type { Column } from "../table.ts";

/** The images of a batch run, before they are cut into shards. */
export interface Corpus {
  /** What it was opened by: a folder, a file, `s3://bucket/prefix/`. */
  readonly address: string;
  /** The column of a Parquet file that has the images' addresses. */
  readonly urlColumn?: string | undefined;
  /** What comes along with each image's address; not the address itself. */
  readonly columns: readonly Column[];
  /**
   * The folder in which relative paths lie, as an absolute path; `undefined` where none
   * are relative, which a list tells at its end.
   */
  readonly root: string | undefined;
  /** What was left out or renamed, in sentences for people. */
  readonly notes: readonly string[];
  /** The images in their order, read as they are taken. */
  rows(): AsyncIterable<CorpusRow>;
}

/** An image of a corpus. */
export interface CorpusRow {
  /** `http:`, `https:`, `s3:`, or a path, with slashes if it is relative. */
  readonly url: string;
  /** A value for each column. */
  readonly values: readonly unknown[];
}

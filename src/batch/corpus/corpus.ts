import type { Column } from "../table.ts";

/** The images of a batch run, before they are cut into shards. */
export interface Corpus {
  /** Its address: a folder, a file or `s3://bucket/prefix/`. */
  readonly address: string;
  /** The column of a Parquet file that has the images' addresses. */
  readonly urlColumn?: string | undefined;
  /** The columns that are copied to the results, without the addresses. */
  readonly columns: readonly Column[];
  /**
   * The folder of relative paths, as an absolute path; `undefined` if no path is relative.
   * For a list this is known once `rows()` has ended.
   */
  readonly root: string | undefined;
  /** Sentences about images that are left out, and columns that are renamed. */
  readonly notes: readonly string[];
  /** The images in their order, read while they are iterated. */
  rows(): AsyncIterable<CorpusRow>;
}

/** An image of a corpus. */
export interface CorpusRow {
  /** `http:`, `https:`, `s3:`, or a path, with slashes if it is relative. */
  readonly url: string;
  /** A value for each column. */
  readonly values: readonly unknown[];
}

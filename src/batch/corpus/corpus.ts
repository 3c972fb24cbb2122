import type { Column } from "../table.ts";

/** The images of a batch run, before they are split into shards. */
export interface Corpus {
  /** Its location: a folder, a file or `s3://bucket/prefix/`. */
  readonly address: string;
  /** The column of a Parquet file with the paths or URLs of the images. */
  readonly urlColumn?: string | undefined;
  /** The columns to copy to the results, without the paths or URLs. */
  readonly columns: readonly Column[];
  /**
   * The folder of relative paths, as an absolute path; `undefined` if no path is relative.
   * For a list this is known once `rows()` has ended.
   */
  readonly root: string | undefined;
  /**
   * A line about the files that a folder or bucket has besides the images, such as
   * "skipped 2 files: 1 hidden, 1 .txt"; `undefined` if there are none. It is known once
   * `rows()` has ended.
   */
  readonly skipped?: string | undefined;
  /** Sentences about images that are left out and about renamed columns. */
  readonly notes: readonly string[];
  /** The images in order, read on demand. */
  rows(): AsyncIterable<CorpusRow>;
}

/** An image of a corpus. */
export interface CorpusRow {
  /** `http:`, `https:`, `s3:`, or a path, with slashes if it is relative. */
  readonly url: string;
  /** A value for each column. */
  readonly values: readonly unknown[];
}

import type { Corpus, CorpusRow } from "../../../src/batch/corpus/corpus.ts";

/** Reads all rows of a corpus. */
export async function rowsOf(corpus: Corpus): Promise<CorpusRow[]> {
  return await Array.fromAsync(corpus.rows());
}

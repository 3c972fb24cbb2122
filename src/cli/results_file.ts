import type { Conditions } from "../io/json_lines.ts";
import {
  collectResults,
  type KeptResult,
  resultRecord,
  RESULTS_FORMAT,
} from "../evaluate/results.ts";
import { openLinesFile } from "./lines_file.ts";

/** An open file of results that a later run can continue. */
export interface ResultsFile extends Disposable {
  /** The results in the file when it was opened, by name: the last one per image. */
  readonly kept: ReadonlyMap<string, KeptResult>;
  /**
   * Appends a line in a single write. A partial line is dropped when the file is next
   * opened.
   */
  add(result: KeptResult): void;
}

/** Opens or creates a file of results. Throws like {@linkcode openLinesFile}. */
export async function openResultsFile(
  path: string,
  conditions: Conditions,
): Promise<ResultsFile> {
  const header = { format: RESULTS_FORMAT, ...conditions };
  const file = await openLinesFile(path, header, "results");
  const close = () => file[Symbol.dispose]();
  try {
    return {
      kept: collectResults([...file.lines()], path),
      add: (result) => file.add(resultRecord(result)),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

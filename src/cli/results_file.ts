import type { Conditions } from "../io/json_lines.ts";
import {
  collectResults,
  type KeptResult,
  resultRecord,
  RESULTS_FORMAT,
} from "../evaluate/results.ts";
import { openLinesFile } from "./lines_file.ts";

/** An open file of results, which outlive the process. */
export interface ResultsFile extends Disposable {
  /** The results in it when it was opened, by name: the last of each image. */
  readonly kept: ReadonlyMap<string, KeptResult>;
  /** Adds a line in one write: it is there whole, or is left out at the next opening. */
  add(result: KeptResult): void;
}

/** Opens a file of results, or begins one; it throws as {@linkcode openLinesFile}. */
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

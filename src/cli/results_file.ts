/**
 * Results that outlive the process: a file of lines, each what was answered of an
 * image.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import type { EvaluatedImage } from "../evaluate/evaluate.ts";
import { type Conditions, openLinesFile, parseObject } from "./lines_file.ts";

/** What is kept of an image: its classes may be named anew. */
export interface KeptResult extends Omit<EvaluatedImage, "classes"> {
  /** Of its file, as {@linkcode versionOf} has it; `undefined` where nobody knows. */
  readonly version: string | undefined;
}

/** An open file of results. */
export interface ResultsFile extends Disposable {
  /** What it had when it was opened, by name: of each image what was added last. */
  readonly kept: ReadonlyMap<string, KeptResult>;
  /** Adds a line in one write: it is there whole, or is left out at the next opening. */
  add(result: KeptResult): void;
}

const FORMAT = "totem evaluation 1";

/**
 * Opens a file of results, or begins one. What a crash left of a last line is cut
 * off.
 *
 * @throws {ArgumentError} When it is another file, or was made under other conditions;
 * it is left as it is.
 * @throws {FileError} When it can't be opened, or another process has it open.
 */
export async function openResultsFile(
  path: string,
  conditions: Conditions,
): Promise<ResultsFile> {
  const header = { format: FORMAT, ...conditions };
  const file = await openLinesFile(path, header, "results");
  const kept = new Map<string, KeptResult>();
  for (const [i, line] of file.lines.entries()) {
    const result = parseResult(line);
    if (result === null) {
      file[Symbol.dispose]();
      throw new ArgumentError(
        `Cannot resume ${path} as its line ${i + 2} isn't a result`,
      );
    }
    kept.set(result.name, result);
  }
  return {
    kept,
    add: ({ name, version, top, inference }) =>
      file.add({
        file: name,
        version,
        top: top.map(({ index, probability }) => [index, probability]),
        inference,
      }),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function parseResult(line: string): KeptResult | null {
  const found = parseObject(line);
  if (found === null) return null;
  const { file, version, top, inference } = found;
  const isSound = typeof file === "string" && typeof inference === "number" &&
    Array.isArray(top) && top.length > 0 && top.every(isAnswer);
  if (!isSound) return null;
  return {
    name: file,
    // Files that were begun before versions were kept have none.
    version: typeof version === "string" ? version : undefined,
    top: top.map(([index, probability]) => ({ index, probability })),
    inference,
  };
}

function isAnswer(it: unknown): it is [index: number, probability: number] {
  return Array.isArray(it) && Number.isSafeInteger(it[0]) &&
    typeof it[1] === "number";
}

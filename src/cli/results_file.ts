/**
 * Results that outlive the process: a file of lines, each a JSON object. The first
 * says how the others were made; each other is what was answered of an image.
 *
 * @module
 */
import type { EvaluatedImage } from "../train/evaluate.ts";

/** What results depend on; results of other conditions aren't mixed in. */
export type Conditions = Readonly<Record<string, unknown>>;

/** What is kept of an image: its classes may be named anew. */
export type KeptResult = Omit<EvaluatedImage, "classes">;

/** An open file of results. */
export interface ResultsFile extends Disposable {
  /** What it had when it was opened, by name. */
  readonly kept: ReadonlyMap<string, KeptResult>;
  /** Adds a line in one write: it is there whole, or is left out at the next opening. */
  add(result: KeptResult): void;
}

const FORMAT = "totem evaluation 1";

/**
 * Opens a file of results, or begins one. What a crash left of a last line is cut
 * off.
 *
 * @throws {RangeError} When it is another file, or was made under other conditions;
 * it is left as it is.
 */
export async function openResultsFile(
  path: string,
  conditions: Conditions,
): Promise<ResultsFile> {
  const header = JSON.stringify({ format: FORMAT, ...conditions });
  const before = await readIfThere(path);
  const whole = before.lastIndexOf(NEWLINE) + 1;
  const [first, ...lines] = decoder.decode(before.subarray(0, whole))
    .split("\n").slice(0, -1);
  if (first !== undefined) expectConditions(path, first, header);
  else if (!header.startsWith(decoder.decode(before))) {
    throw new RangeError(notOurs(path));
  }
  const kept = new Map<string, KeptResult>();
  for (const [i, line] of lines.entries()) {
    const result = parseResult(line);
    if (result === null) {
      throw new RangeError(
        `Cannot resume ${path} as its line ${i + 2} isn't a result`,
      );
    }
    kept.set(result.name, result);
  }

  const file = await Deno.open(path, { append: true, create: true });
  const write = (line: string) => {
    const bytes = encoder.encode(`${line}\n`);
    for (let done = 0; done < bytes.length;) {
      done += file.writeSync(bytes.subarray(done));
    }
  };
  try {
    if (whole < before.length) await Deno.truncate(path, whole);
    if (first === undefined) write(header);
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    kept,
    add: ({ name, top, inference }) =>
      write(JSON.stringify({
        file: name,
        top: top.map(({ index, probability }) => [index, probability]),
        inference,
      })),
    [Symbol.dispose]: () => file.close(),
  };
}

const NEWLINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}

function expectConditions(path: string, first: string, header: string): void {
  const found = parseObject(first);
  if (found?.format !== FORMAT) throw new RangeError(notOurs(path));
  const asked = JSON.parse(header);
  const other = Object.keys({ ...found, ...asked }).find((key) =>
    JSON.stringify(found[key]) !== JSON.stringify(asked[key])
  );
  if (other === undefined) return;
  throw new RangeError(
    `Cannot resume ${path} as it was begun with other ${other}: ${
      JSON.stringify(found[other])
    }, now ${JSON.stringify(asked[other])}`,
  );
}

function notOurs(path: string): string {
  return `Cannot resume ${path} as it isn't a file of results`;
}

function parseResult(line: string): KeptResult | null {
  const found = parseObject(line);
  if (found === null) return null;
  const { file, top, inference } = found;
  const isSound = typeof file === "string" && typeof inference === "number" &&
    Array.isArray(top) && top.length > 0 && top.every(isAnswer);
  if (!isSound) return null;
  return {
    name: file,
    top: top.map(([index, probability]) => ({ index, probability })),
    inference,
  };
}

function isAnswer(it: unknown): it is [index: number, probability: number] {
  return Array.isArray(it) && Number.isSafeInteger(it[0]) &&
    typeof it[1] === "number";
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}

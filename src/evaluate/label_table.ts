import { ArgumentError } from "../errors.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/**
 * The rows of a `labels.tsv`: under a heading a line for each image, with its file, a
 * tab, and the indices of its right classes, with commas. Other columns are ignored.
 *
 * @throws {ArgumentError} When a class has no such index, or an image has two rows.
 */
export function parseLabelTable(
  text: string,
  classes: number,
  path: string,
): readonly Pick<EvaluatedImage, "name" | "classes">[] {
  const rows = new Map<string, Pick<EvaluatedImage, "name" | "classes">>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [name, indices = ""] = line.split("\t");
    if (i === 0 || !name) continue;
    const wrong = (what: string) =>
      new ArgumentError(`Cannot use ${path} as line ${i + 1} ${what}`);
    if (rows.has(name)) throw wrong(`names ${name} again`);
    const right = indices.split(",").map((text) => {
      const index = Number(text);
      if (/^\s*\d+\s*$/.test(text) && index < classes) return index;
      throw wrong(
        `must have class indices < ${classes}: it has "${indices}"`,
      );
    });
    rows.set(name, { name, classes: right });
  }
  return [...rows.values()];
}

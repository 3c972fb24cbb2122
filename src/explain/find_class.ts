import { assertArgument } from "../argument.ts";
import { classNames } from "../class_names.ts";
import type { ClassNames } from "../classification.ts";
import { ArgumentError } from "../errors.ts";

/**
 * The maximum number of similar names listed in the error, or of classes if none is
 * similar.
 */
const MAX_SIMILAR = 5;
const MAX_LISTED = 10;

/** The minimum similarity of a listed name: `cat` and `Egyptian cat` have 0.23. */
const MIN_SIMILARITY = 0.2;

/**
 * Finds the index of a class.
 *
 * @param asked Its name in any spelling (`Tiger_cat` for `tiger cat`), its id or its
 * index.
 * @throws {ArgumentError} When there is no such class, or several. Lists similar names or
 * the ids.
 */
export function findClass(
  { labels, classIds }: ClassNames,
  asked: string | number,
): number {
  assertArgument(
    typeof asked === "string" || typeof asked === "number",
    "explain a class as it must be given by its name, id or index",
    asked,
  );
  const index = typeof asked === "number"
    ? asked
    : onlyIndexOf(labels, asked) ??
      classNames(labels, classIds ?? null).find(asked) ?? -1;
  if (labels[index] !== undefined) return index;
  if (typeof asked === "number") {
    const last = labels.length - 1;
    throw new ArgumentError(
      `Cannot explain class ${asked} as the model has those of 0..${last}`,
    );
  }
  const similar = similarNames(labels, asked);
  const listed = similar.length > 0 || labels.length > MAX_LISTED
    ? similar
    : labels;
  const names = listed.map((it) => JSON.stringify(it)).join(", ");
  const advice = similar.length > 0 ? "Similar names" : "Should be one of";
  throw new ArgumentError(
    `Cannot explain ${JSON.stringify(asked)} as the model has no such class${
      names && `. ${advice}: ${names}`
    }`,
  );
}

/** The index of the exact name, if it occurs once. */
function onlyIndexOf(labels: readonly string[], name: string): number | null {
  const index = labels.indexOf(name);
  return index >= 0 && index === labels.lastIndexOf(name) ? index : null;
}

/** The names with the most letter pairs in common with `asked`. */
function similarNames(
  labels: readonly string[],
  asked: string,
): readonly string[] {
  const own = pairsOf(asked);
  const similarity = (label: string) => {
    const pairs = pairsOf(label);
    const common = [...own].filter((it) => pairs.has(it)).length;
    return common / (own.size + pairs.size);
  };
  return labels.map((label) => ({ label, similarity: similarity(label) }))
    .filter(({ similarity }) => similarity >= MIN_SIMILARITY)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, MAX_SIMILAR).map(({ label }) => label);
}

function pairsOf(name: string): Set<string> {
  const text = ` ${name.toLowerCase()} `;
  const pairs = { length: text.length - 1 };
  return new Set(Array.from(pairs, (_, i) => text.slice(i, i + 2)));
}

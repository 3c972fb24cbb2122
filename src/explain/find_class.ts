import { assertArgument } from "../argument.ts";
import { classNames } from "../class_names.ts";
import { ArgumentError } from "../errors.ts";

/** The most names that the error lists when a class isn't found. */
const NEAR = 5;

/** The most classes that the error lists in full when no name is near. */
const FEW = 10;

/** The least likeness of a name that counts as near: `cat` and `Egyptian cat` have 0.25. */
const LIKE = 0.2;

/**
 * The index of a class.
 *
 * @param asked Its name, id or index. A name that isn't one to the letter is found in
 * another spelling: `Tiger_cat` for `tiger cat`.
 * @throws {ArgumentError} When there is none, or several; the text has the names that
 * are nearest, or the ids of those.
 */
export function findClass(
  { labels, classIds }: {
    readonly labels: readonly string[];
    readonly classIds?: readonly string[] | undefined;
  },
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
    throw new ArgumentError(
      `Cannot explain class ${asked} as the model has those of 0..${
        labels.length - 1
      }`,
    );
  }
  const near = nearest(labels, asked);
  const listed = near.length > 0 || labels.length > FEW ? near : labels;
  const names = listed.map((it) => JSON.stringify(it)).join(", ");
  throw new ArgumentError(
    `Cannot explain ${JSON.stringify(asked)} as the model has no such class${
      names && `. ${near.length > 0 ? "Near it" : "Should be one of"}: ${names}`
    }`,
  );
}

/** Where a name stands to the letter, if it does once. */
function onlyIndexOf(labels: readonly string[], name: string): number | null {
  const index = labels.indexOf(name);
  return index >= 0 && index === labels.lastIndexOf(name) ? index : null;
}

/** The names that share the most pairs of letters with `asked`, and not too few. */
function nearest(labels: readonly string[], asked: string): readonly string[] {
  const own = pairsOf(asked);
  const likeness = (label: string) => {
    const pairs = pairsOf(label);
    const common = [...own].filter((it) => pairs.has(it)).length;
    return common / (own.size + pairs.size);
  };
  return labels.map((label) => ({ label, likeness: likeness(label) }))
    .filter(({ likeness }) => likeness >= LIKE)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, NEAR).map(({ label }) => label);
}

function pairsOf(name: string): Set<string> {
  const text = ` ${name.toLowerCase()} `;
  return new Set(Array.from(text, (_, i) => text.slice(i, i + 2)));
}

import { ArgumentError } from "./errors.ts";

/** Looks up classes by name. */
export interface ClassNames {
  /** The index of the class with this name, or `null`; throws if several have it. */
  find(name: string): number | null;
  /** Whether classes can also be found by their ids. */
  readonly hasIds: boolean;
}

/**
 * Creates a lookup of classes by name or id, such as WordNet's. Ignores case, spaces,
 * hyphens, underscores, and differences in Unicode normalization, as on macOS's disks.
 */
export function classNames(
  labels: readonly string[],
  ids: readonly string[] | null,
): ClassNames {
  const indices = new Map<string, number[]>();
  for (const names of ids === null ? [labels] : [labels, ids]) {
    for (const [index, name] of names.entries()) {
      const key = plain(name);
      const found = indices.get(key) ?? [];
      if (!found.includes(index)) indices.set(key, [...found, index]);
    }
  }
  return {
    hasIds: ids !== null,
    find(name) {
      const found = indices.get(plain(name)) ?? [];
      if (found.length <= 1) return found[0] ?? null;
      throw new ArgumentError(
        `Cannot tell which class "${name}" is: ${
          found.map((index) =>
            `${index} is "${labels[index]}"${
              ids === null ? "" : ` (${ids[index]})`
            }`
          ).join(", ")
        }`,
      );
    },
  };
}

function plain(name: string): string {
  return name.normalize().toLowerCase().replace(/[\s_-]+/g, " ").trim();
}

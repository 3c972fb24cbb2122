import { ArgumentError } from "./errors.ts";

/** Finds the class that a name stands for. */
export interface ClassNames {
  /** The index of the only class with this name, or `null`; it throws if several have it. */
  find(name: string): number | null;
  /** Whether classes are found by their ids too. */
  readonly hasIds: boolean;
}

/**
 * Finds classes by name or by id, such as WordNet's. Case, spaces, hyphens and underscores
 * don't matter, nor whether letters are composed (NFC) or not, as on macOS's disks.
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

/** Files that all models in a folder share. */
export const SHARED_FILES = ["classes.json", "config.json"];

/** Whether an address is that of a shared file. */
export function isShared(reference: string): boolean {
  return SHARED_FILES.includes(partsOf(reference).name);
}

/**
 * The cached files that can be removed: those not shared with another model of the same
 * folder. If all of them are shared files, all can be removed.
 *
 * @param references The addresses of the files.
 * @param kept The addresses of all cached files.
 */
export function withoutShared(
  references: readonly string[],
  kept: readonly string[],
): string[] {
  if (references.every(isShared)) return [...references];
  const others = kept.filter((it) => !isShared(it) && !references.includes(it));
  const used = new Set(others.map((it) => partsOf(it).place));
  return references.filter((it) =>
    !isShared(it) || !used.has(partsOf(it).place)
  );
}

/** A file's name, and its folder with the query, which may have a token. */
function partsOf(reference: string) {
  const [, path = "", query = ""] = reference.match(/^([^?]*)(.*)$/s)!;
  const end = path.lastIndexOf("/") + 1;
  return { name: path.slice(end), place: path.slice(0, end) + query };
}

import type { IndexedImage, SearchIndex } from "./search_index.ts";

/** Ends the version of an image that may have been truncated. */
const TRUNCATED = " keep";

/**
 * The version of an image by the option it is read with. What may have been truncated is
 * run again without the option; the other way round, what is in the index is whole and
 * stays.
 */
export function versionAsRead(
  version: string,
  allowTruncated: boolean | undefined,
): string {
  return allowTruncated ? version + TRUNCATED : version;
}

/**
 * Drops the images of an index that were changed or are gone.
 *
 * @param images All images that there are, with their versions.
 * @param isUnread Whether an image that isn't among them may be there still.
 * @returns How many were dropped as they were changed, how many as they are gone, and the
 * images that aren't in the index now.
 */
export function dropOutdated<T extends IndexedImage>(
  index: SearchIndex,
  images: readonly T[],
  isUnread: (name: string) => boolean,
) {
  const versions = new Map(images.map(({ name, version }) => [name, version]));
  let removed = 0;
  const dropped = index.retain(({ name, version }) => {
    const now = versions.get(name);
    if (now !== undefined) {
      return now === version || now === versionAsRead(version, true);
    }
    if (isUnread(name)) return true;
    removed++;
    return false;
  });
  const kept = new Set(index.images.map(({ name }) => name));
  const missing = images.filter(({ name }) => !kept.has(name));
  return { changed: dropped - removed, removed, missing };
}

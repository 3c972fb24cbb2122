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
 * @param images All images that exist, with their versions. They aren't held in memory.
 * @param isUnread Called at the end with the name of each other image in the index: whether
 * it may still exist.
 * @returns The number of images that exist, of those that aren't in the index now, and of
 * those that were dropped because they were changed or are gone.
 */
export async function dropOutdated(
  index: SearchIndex | undefined,
  images: Iterable<IndexedImage> | AsyncIterable<IndexedImage>,
  isUnread: (name: string) => boolean,
) {
  const gone = new Set(index?.images.map(({ name }) => name));
  const changed = new Set<string>();
  let count = 0;
  let missing = 0;
  for await (const { name, version } of images) {
    count++;
    if (!gone.delete(name)) missing++;
    else if (!isSame(index!, name, version)) changed.add(name);
  }
  let removed = 0;
  index?.retain(({ name }) => {
    if (!gone.has(name)) return !changed.has(name);
    if (isUnread(name)) return true;
    removed++;
    return false;
  });
  missing += changed.size;
  return { count, missing, changed: changed.size, removed };
}

/** Whether an index has an image as it is now, or whole where it might be truncated. */
function isSame(index: SearchIndex, name: string, version: string): boolean {
  return index.has({ name, version }) ||
    version.endsWith(TRUNCATED) &&
      index.has({ name, version: version.slice(0, -TRUNCATED.length) });
}

import type { IndexedImage, SearchIndex } from "./search_index.ts";

/** Appended to the version of an image that may have been truncated. */
const TRUNCATED = " keep";

/**
 * The version of an image, depending on the option it is read with. An image that may
 * have been truncated is run again without the option; in the opposite case, the indexed
 * image is complete and stays.
 */
export function versionAsRead(
  version: string,
  allowTruncated: boolean | undefined,
): string {
  return allowTruncated ? version + TRUNCATED : version;
}

/**
 * Drops the images of an index that have changed or no longer exist.
 *
 * @param images All existing images, with their versions. They aren't kept in memory.
 * @param isUnread Called at the end with the name of each other image in the index:
 * whether it may still exist.
 * @returns The numbers of existing images, of those not in the index now, and of those
 * dropped because they have changed or no longer exist.
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

/**
 * Whether an index has the current version of an image, or a complete one where that may
 * be truncated.
 */
function isSame(index: SearchIndex, name: string, version: string): boolean {
  return index.has({ name, version }) ||
    version.endsWith(TRUNCATED) &&
      index.has({ name, version: version.slice(0, -TRUNCATED.length) });
}

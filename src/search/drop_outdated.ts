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
 * @param images All images that there are, with their versions: none is held.
 * @param isUnread Asked in the end whether an image that wasn't among them may be there
 * still.
 * @returns How many images there are, and how many of them aren't in the index now; how
 * many were dropped as they were changed, and how many as they are gone.
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

/** A finished shard. */
export interface DoneShard {
  /** The time its record was written, in ms since 1970. */
  readonly modified: number;
  readonly images: number;
}

/** How long a shard counts as recent, in ms. */
const WINDOW = 3600_000;

/** The minimum number of shards to use, whatever their age. */
const LEAST = 10;

/** The minimum time span for computing a rate, in ms. */
const SHORTEST = 60_000;

/**
 * The recent rate in images per second: from the shards of the last hour, or the last ten
 * if that is more. `undefined` if the last shard finished too long ago, or all within a
 * minute.
 *
 * The start time of the first shard isn't known. Workers that started together also
 * finish their shards at about the same time, so the shards that finished about when the
 * first one did aren't counted: those before half of the longest gap between two shards.
 *
 * @param now In ms since 1970, by a clock that may differ from the storage's.
 */
export function recentRate(
  shards: readonly DoneShard[],
  now: number,
): number | undefined {
  const sorted = shards.toSorted((a, b) => a.modified - b.modified);
  const first = Math.min(
    sorted.findIndex((it) => it.modified > now - WINDOW) >>> 0,
    Math.max(0, sorted.length - LEAST),
  );
  const recent = sorted.slice(first);
  if (recent.length < 2) return undefined;
  const [begin, end] = [recent[0]!.modified, recent.at(-1)!.modified];
  const gap = recent.slice(1).reduce(
    (longest, it, i) => Math.max(longest, it.modified - recent[i]!.modified),
    0,
  );
  const isOver = now - end > 2 * gap + SHORTEST;
  if (isOver || end - begin < SHORTEST) return undefined;
  const images = recent.filter((it) => it.modified > begin + gap / 2)
    .reduce((sum, it) => sum + it.images, 0);
  return images * 1000 / (end - begin);
}

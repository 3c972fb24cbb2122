/** A shard that is done. */
export interface DoneShard {
  /** When its record was written, in ms since 1970. */
  readonly modified: number;
  readonly images: number;
}

/** How long a shard counts as recent, in ms. */
const WINDOW = 3600_000;

/** The least number of shards that count, however long ago they were done. */
const LEAST = 10;

/** The shortest time, in ms, that a rate is computed from. */
const SHORTEST = 60_000;

/**
 * The recent rate in images a second: from the shards of the last hour, or the last ten if
 * these are more. `undefined` if the last shard was done too long ago, or all within a
 * minute.
 *
 * The start of the work on the first shard isn't known. Workers that started together also
 * end their shards together, so the shards that ended about when the first did don't
 * count: those before half of the longest gap between two shards.
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

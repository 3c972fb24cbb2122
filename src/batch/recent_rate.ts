/** A shard that is done. */
export interface DoneShard {
  /** When its record was written, in ms since 1970. */
  readonly modified: number;
  readonly images: number;
}

/** What was done within it counts as recent, in ms. */
const WINDOW = 3600_000;

/** Where shards take long, so many count in any case. */
const LEAST = 10;

/** In ms: what was done in less time tells no rate. */
const SHORTEST = 60_000;

/**
 * Images a second lately: of the shards of the last hour, or the last ten where these are
 * more. `undefined` where the last was done too long ago, or all within a minute.
 *
 * When the work on the first of them began isn't known. Workers that began together also
 * end their shards together, so all that ended with the first is left out: what came
 * before half of the longest gap between two.
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

/** A range of memory and the levels that use it. */
export interface Lifetime {
  readonly bytes: number;
  readonly firstUse: number;
  readonly lastUse: number;
}

/** Memory that several lifetimes share. */
export interface Arena {
  /** In bytes, one for each lifetime. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Alignment of each range, so that no vector crosses a cache line. */
const ALIGNMENT = 64;

/**
 * Places ranges of memory so that those used at the same level don't overlap. The
 * largest is placed first, each at the lowest offset that is free ("greedy by size",
 * arXiv 2001.03288).
 */
export function planArena(lifetimes: readonly Lifetime[]): Arena {
  const offsets = lifetimes.map(() => 0);
  const order = [...lifetimes.keys()].sort((a, b) =>
    lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b
  );
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, firstUse, lastUse } = lifetimes[i]!;
    const others = placed.filter((it) =>
      lifetimes[it]!.firstUse <= lastUse && lifetimes[it]!.lastUse >= firstUse
    ).sort((a, b) => offsets[a]! - offsets[b]!);
    let offset = 0;
    for (const it of others) {
      if (offset + bytes <= offsets[it]!) break;
      offset = Math.max(offset, align(offsets[it]! + lifetimes[it]!.bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    total = Math.max(total, align(offset + bytes));
  }
  return { offsets, bytes: total };
}

/** Rounds up to a multiple of 64. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

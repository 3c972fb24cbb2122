/** A stretch of memory that is needed for a while. */
export interface Lifetime {
  /** In bytes. */
  readonly bytes: number;
  /** The first level of the program at which it is used. */
  readonly birth: number;
  /** The last one. */
  readonly death: number;
}

/** Where a planned arena's stretches lie. */
export interface Arena {
  /** Of each lifetime, in bytes from the start. */
  readonly offsets: readonly number[];
  /** Of all, in bytes. */
  readonly bytes: number;
}

/** Of every stretch, so that vectors don't cross cache lines. */
const ALIGNMENT = 64;

/**
 * Lays stretches of memory over each other that aren't needed at once. The
 * largest are placed first, each where it fits lowest (arXiv 2001.03288,
 * "greedy by size").
 */
export function planArena(lifetimes: readonly Lifetime[]): Arena {
  const offsets = lifetimes.map(() => 0);
  const order = [...lifetimes.keys()].sort((a, b) =>
    lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b
  );
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, birth, death } = lifetimes[i]!;
    const rivals = placed.filter((it) =>
      lifetimes[it]!.birth <= death && lifetimes[it]!.death >= birth
    ).sort((a, b) => offsets[a]! - offsets[b]!);
    let offset = 0;
    for (const it of rivals) {
      if (offset + bytes <= offsets[it]!) break;
      offset = Math.max(offset, align(offsets[it]! + lifetimes[it]!.bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    total = Math.max(total, align(offset + bytes));
  }
  return { offsets, bytes: total };
}

/** The next multiple of 64. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

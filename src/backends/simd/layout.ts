import { align } from "../int8/arena.ts";
import type { Plan } from "./plan.ts";

/** Memory of one image in flight. */
export interface Slot {
  readonly program: number;
  readonly vectors: number;
  readonly arena: number;
}

/** Addresses of all parts, and the size in bytes. */
export interface Layout {
  readonly weights: number;
  readonly tables: number;
  readonly slots: readonly Slot[];
  readonly scratch: readonly number[];
  readonly bytes: number;
}

/**
 * Lays out the engine's memory:
 *
 *     weights            the bytes of a file, one copy
 *     tables             what kernels need besides weights
 *     slot, slot, ...    one image in flight each: program, vectors, arena
 *     scratch, ...       one thread each; at least one for each slot
 */
export function planMemory(
  plan: Plan,
  slots: number,
  threads: number,
): Layout {
  let bytes = 64; // Address 0 stays unused.
  const claim = (length: number) => {
    const address = bytes;
    bytes += align(length);
    return address;
  };
  const weights = claim(plan.weightBytes);
  const tables = claim(plan.tableBytes);
  return {
    weights,
    tables,
    slots: Array.from({ length: slots }, () => ({
      program: claim(plan.programBytes),
      vectors: claim(plan.vectorBytes),
      arena: claim(plan.arenaBytes),
    })),
    scratch: Array.from({ length: threads }, () => claim(plan.scratchBytes)),
    bytes,
  };
}

/**
 * What lies where in the engine's one memory:
 *
 *     weights            as they come from a file, one copy
 *     tables             what follows from them
 *     slot, slot, ...    what one image at a time needs: its program, its
 *                        vectors, its arena
 *     scratch, ...       a thread's own
 *
 * @module
 */
import { align } from "../int8/arena.ts";
import type { Plan } from "./plan.ts";

/** What one image at a time needs, by address. */
export interface Slot {
  readonly program: number;
  readonly vectors: number;
  readonly arena: number;
}

/** What lies where, by address. */
export interface Layout {
  readonly weights: number;
  readonly tables: number;
  readonly slots: readonly Slot[];
  readonly scratch: readonly number[];
  /** Of all, in bytes. */
  readonly bytes: number;
}

/** No address is 0. */
const START = 64;

/**
 * @param weightBytes Of the weights, wherever they come from.
 * @param slots How many images are run at a time.
 * @param threads How many threads run them, at least one a slot.
 */
export function planMemory(
  plan: Plan,
  weightBytes: number,
  slots: number,
  threads: number,
): Layout {
  let bytes = START;
  const claim = (length: number) => {
    const address = bytes;
    bytes += align(length);
    return address;
  };
  const weights = claim(weightBytes);
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

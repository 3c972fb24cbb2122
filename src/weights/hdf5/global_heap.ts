import type { Structures } from "./structures.ts";

/**
 * The addresses of the objects in the global heap at `heap` (III.E), by their
 * index: texts of variable length lie there.
 */
export function readHeap(
  file: Structures,
  heap: number,
): ReadonlyMap<number, number> {
  file.assertSignature(heap, "GCOL");
  const end = heap + file.integer(heap + 8, 8);
  const objects = new Map<number, number>();
  let at = heap + 16;
  while (at + 16 <= end) {
    const index = file.integer(at, 2);
    if (index === 0) break; // What is free.
    file.charge(OBJECT_BYTES);
    objects.set(index, at + 16);
    at += 16 + Math.ceil(file.integer(at + 8, 8) / 8) * 8;
  }
  return objects;
}

/** What an entry takes in the map. */
const OBJECT_BYTES = 64;

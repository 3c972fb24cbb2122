import type { Structures } from "./structures.ts";

/**
 * The members of a group: the addresses of their headers, by name. They are in
 * a B-tree of version 1 (III.A.1) whose leaves are symbol tables (III.B), and
 * their names in a heap (III.D).
 */
export function readMembers(
  file: Structures,
  tree: number,
  heap: number,
): ReadonlyMap<string, number> {
  file.assertSignature(heap, "HEAP");
  const names = file.integer(heap + 24, 8);
  const namesEnd = names + file.integer(heap + 8, 8);
  file.charge(GROUP_BYTES);
  const members = new Map<string, number>();
  const pending = [tree];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    file.assertSignature(node, "TREE");
    const level = file.integer(node + 5, 1);
    const children = file.integer(node + 6, 2);
    for (let i = 0; i < children; i++) {
      const child = file.integer(node + 32 + 16 * i, 8);
      if (level > 0) pending.push(child);
      else readLeaf(file, child, names, namesEnd, members);
    }
  }
  return members;
}

function readLeaf(
  file: Structures,
  leaf: number,
  names: number,
  namesEnd: number,
  members: Map<string, number>,
): void {
  file.assertSignature(leaf, "SNOD");
  const symbols = file.integer(leaf + 6, 2);
  for (let i = 0; i < symbols; i++) {
    const symbol = leaf + 8 + 40 * i;
    const name = names + file.integer(symbol, 8);
    file.charge(MEMBER_BYTES);
    members.set(readName(file, name, namesEnd), file.integer(symbol + 8, 8));
  }
}

/** V8's memory for a map, and for an entry without its name. */
const GROUP_BYTES = 256;
const MEMBER_BYTES = 64;

/** Names end with a zero; their length isn't stored. */
function readName(file: Structures, at: number, end: number): string {
  let length = 0;
  while (at + length < end && file.integer(at + length, 1) !== 0) length++;
  return file.text(at, length);
}

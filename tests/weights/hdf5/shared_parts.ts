/**
 * HDF5 files with many groups that share their structures, so that a small part of the
 * file is read again and again.
 */

/** The structure that the groups share. */
export type SharedPart =
  /** A block of messages of one type, in which their headers continue. */
  | { readonly messages: number }
  /** The objects of the global heaps with one group's texts. */
  | "heap"
  /** A long name in the root's symbol table. */
  | "name";

const LONG_NAME = 50_000;

/**
 * A file of `bytes` bytes with `groups` groups, all of them in `layer_names`, in the
 * format of Keras's weights.
 */
export function sharingFile(
  groups: number,
  bytes: number,
  shared: SharedPart,
): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  let end = 96;
  const place = (length: number) => {
    const at = end;
    end = Math.ceil((end + length) / 8) * 8;
    if (end > bytes) throw new RangeError(`${bytes} bytes are too few`);
    return at;
  };
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const u64 = (at: number, value: number) =>
    view.setBigUint64(at, BigInt(value), true);
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) {
      file[at + i] = letters.charCodeAt(i);
    }
  };
  const nameOf = (i: number) => `L${i.toString(36).padStart(5, "0")}`;
  /** An attribute of texts with `size` bytes; contains only their positions. */
  const attribute = (
    at: number,
    name: string,
    { count, size, kind }: { count: number; size: number; kind: number },
  ) => {
    u16(at, 0x0c);
    u16(at + 2, 9 + name.length + 20 + size * count);
    file[at + 8] = 3;
    u16(at + 10, name.length);
    u16(at + 12, 8);
    u16(at + 14, 12);
    text(at + 17, name);
    const datatype = at + 17 + name.length;
    file[datatype] = 0x10 | kind;
    file[datatype + 1] = kind === 9 ? 1 : 0;
    u32(datatype + 4, size);
    file[datatype + 8] = 2;
    file[datatype + 9] = 1;
    u64(datatype + 12, count);
    return datatype + 20;
  };
  text(0, "\x89HDF\r\n\x1a\n");
  file[13] = file[14] = 8;
  u64(40, bytes);
  const namesLength = 8 * groups + LONG_NAME + 8;
  const names = place(namesLength);
  for (let i = 0; i < groups; i++) text(names + 8 * i, nameOf(i));
  file.fill(0x61, names + 8 * groups, names + 8 * groups + LONG_NAME);
  const heap = place(32);
  text(heap, "HEAP");
  u64(heap + 8, namesLength);
  u64(heap + 24, names);
  const tree = place(48);
  const leaf = place(8 + 40 * groups);
  text(tree, "TREE");
  u16(tree + 6, 1);
  u64(tree + 32, leaf);
  text(leaf, "SNOD");
  u16(leaf + 6, groups);
  const symbols = leaf + 8;
  const header = place(16 + 24 + 8 + 9 + 11 + 20 + 6 * groups);
  u64(64, header);
  file[header] = 1;
  u16(header + 2, 2);
  u32(header + 8, 24 + 8 + 9 + 11 + 20 + 6 * groups);
  u16(header + 16, 0x11);
  u16(header + 18, 16);
  u64(header + 24, tree);
  u64(header + 32, heap);
  const list = { count: groups, size: 6, kind: 3 };
  const values = attribute(header + 40, "layer_names", list);
  for (let i = 0; i < groups; i++) text(values + 6 * i, nameOf(i));

  const most = 65534;
  if (shared === "heap") {
    // The first group's list has a text from each heap.
    const heaps = place(32 * groups);
    const objects = place(16 * most);
    for (let i = 0; i < most; i++) u16(objects + 16 * i, i + 1);
    const length = 8 + 9 + 12 + 20 + 16 * groups;
    const at = place(16 + length);
    file[at] = 1;
    u16(at + 2, 1);
    u32(at + 8, length);
    for (let i = 0; i < groups; i++) u64(symbols + 40 * i, 8 * i);
    u64(symbols + 8, at);
    const list = { count: groups, size: 16, kind: 9 };
    const values = attribute(at + 16, "weight_names", list);
    for (let i = 0; i < groups; i++) {
      const own = heaps + 32 * i;
      text(own, "GCOL");
      u64(own + 8, 2 ** 40);
      u16(own + 16, 1);
      u64(own + 24, objects - (own + 32));
      u64(values + 16 * i + 4, own);
      u32(values + 16 * i + 12, 1);
    }
    return file;
  }
  if (shared === "name") {
    // No layer has this name.
    for (let i = 0; i < groups; i++) u64(symbols + 40 * i, 8 * groups);
    return file;
  }
  const block = place(8 * most);
  for (let i = 0; i < most; i++) u16(block + 8 * i, shared.messages);
  for (let i = 0; i < groups; i++) {
    const at = place(16 + 24);
    file[at] = 1;
    u16(at + 2, 65535);
    u32(at + 8, 24);
    u16(at + 16, 0x10);
    u16(at + 18, 16);
    u64(at + 24, block);
    u64(at + 32, 8 * most);
    u64(symbols + 40 * i, 8 * i);
    u64(symbols + 40 * i + 8, at);
  }
  return file;
}

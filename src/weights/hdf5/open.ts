/**
 * Reads HDF5 files as Keras writes them: "HDF5 File Format Specification" 3.0
 * (support.hdfgroup.org), of which h5py's default is the oldest form: a
 * superblock of version 0, groups that are symbol tables, objects with headers
 * of version 1, and data in one piece. Section numbers in this folder are that
 * document's.
 *
 * Untrusted files may have circular references and false sizes. Of the readers on npm,
 * jsfive 0.4.2 runs for a minute after two numbers of an attribute are changed, and h5wasm
 * 0.10.3 is 4 MB and compiles WASM from bytes, which Cloudflare's Workers don't allow.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { readHeap, readTexts } from "./attribute.ts";
import { type DataSet, readDataSet } from "./data_set.ts";
import { MESSAGE, type Messages, readMessages } from "./object_header.ts";
import { isHdf5 } from "./signature.ts";
import { createStructures, type Structures } from "./structures.ts";
import { TruncatedError } from "../truncated.ts";

/** A group, whose members are `undefined` if there is none of that name or path. */
export interface Group {
  /** The texts of an attribute. */
  texts(name: string): readonly string[] | undefined;
  group(path: string): Group | undefined;
  dataSet(path: string): DataSet | undefined;
  /** The names of its members. */
  members(): readonly string[];
}

/** The root of an HDF5 file. Its functions throw when a structure they meet is damaged. */
export function openHdf5(bytes: Uint8Array): Group {
  const file = createStructures(bytes);
  if (!isHdf5(bytes)) {
    throw new CorruptWeightsError(
      "Cannot read the file as it must start as HDF5 files do: it doesn't",
    );
  }
  const version = file.integer(8, 1);
  const sizes = [file.integer(13, 1), file.integer(14, 1)];
  if (version !== 0 || sizes.some((it) => it !== 8)) {
    throw new CorruptWeightsError(
      `Cannot read the HDF5 file as its superblock must be of version 0 with sizes of 8 bytes: it is of version ${version} with sizes of ${
        sizes.join(" and ")
      }`,
    );
  }
  const end = file.integer(40, 8);
  if (end > bytes.length) {
    throw new TruncatedError(
      `Cannot read the HDF5 file as it must have ${end} bytes: it has ${bytes.length}`,
    );
  }

  const messagesAt = remember((header) => readMessages(file, header));
  const heapAt = remember((heap) => readHeap(file, heap));
  const membersAt = remember((table) =>
    readMembers(file, file.integer(table, 8), file.integer(table + 8, 8))
  );
  const createGroup = (messages: Messages): Group => {
    const find = (path: string) => {
      let found = messages;
      for (const name of path.split("/")) {
        const [table] = found.get(MESSAGE.symbolTable) ?? [];
        const header = table && membersAt(table.at).get(name);
        if (header === undefined) return undefined;
        found = messagesAt(header);
      }
      return found;
    };
    const textsOf = (messages: Messages) => (name: string) =>
      readTexts(file, messages, name, heapAt);
    return {
      texts: textsOf(messages),
      group(path) {
        const found = find(path);
        return found && createGroup(found);
      },
      dataSet(path) {
        const found = find(path);
        return found && readDataSet(file, found, path, textsOf(found));
      },
      members() {
        const [table] = messages.get(MESSAGE.symbolTable) ?? [];
        return table === undefined ? [] : [...membersAt(table.at).keys()];
      },
    };
  };
  return createGroup(messagesAt(file.integer(64, 8)));
}

/** Calls `read` once per address and keeps the result. */
function remember<T>(read: (address: number) => T): (address: number) => T {
  const known = new Map<number, T>();
  return (address) => {
    let value = known.get(address);
    if (value === undefined) known.set(address, value = read(address));
    return value;
  };
}

/**
 * The members of a group: the addresses of their headers, by name. They are in
 * a B-tree of version 1 (III.A.1) whose leaves are symbol tables (III.B), and
 * their names in a heap (III.D).
 */
function readMembers(
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
      if (level > 0) {
        pending.push(child);
        continue;
      }
      file.assertSignature(child, "SNOD");
      const symbols = file.integer(child + 6, 2);
      for (let at = child + 8; at < child + 8 + 40 * symbols; at += 40) {
        const name = names + file.integer(at, 8);
        file.charge(MEMBER_BYTES);
        members.set(readName(file, name, namesEnd), file.integer(at + 8, 8));
      }
    }
  }
  return members;
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

import { CorruptWeightsError } from "../../errors.ts";
import { readExtents } from "./data_set.ts";
import { MESSAGE, type Messages } from "./object_header.ts";
import type { Structures } from "./structures.ts";

/**
 * The texts of the attribute `name` of an object, one for a single value; `undefined` if
 * there is no such attribute.
 */
export function readTexts(
  file: Structures,
  messages: Messages,
  name: string,
  heapAt: (heap: number) => ReturnType<typeof readHeap>,
): string[] | undefined {
  for (const { at, length } of messages.get(MESSAGE.attribute) ?? []) {
    const parts = readParts(file, at);
    if (parts.name !== name) continue;
    const count = readExtents(file, parts.dataspace).reduce((a, b) => a * b, 1);
    // An empty list has no text, whatever type it is written with.
    if (count === 0) return [];
    const size = file.integer(parts.datatype + 4, 4);
    if (!(count * Math.max(1, size) <= at + length - parts.values)) {
      throw new CorruptWeightsError(
        `Cannot read the HDF5 attribute "${name}" as its ${count} values of ${size} bytes must fit its ${length} bytes`,
      );
    }
    const kind = file.integer(parts.datatype, 1) & 0x0f;
    const element = file.integer(parts.datatype + 1, 1) & 0x0f;
    const isVariable = kind === VARIABLE_LENGTH && element === TEXT &&
      size === 16;
    if (!isVariable && kind !== FIXED_LENGTH_TEXT) {
      throw new CorruptWeightsError(
        `Cannot read the HDF5 attribute "${name}" as it must be text: it is of class ${kind}`,
      );
    }
    return Array.from({ length: count }, (_, i) => {
      const value = parts.values + size * i;
      if (!isVariable) return file.text(value, size);
      const text = heapAt(file.integer(value + 4, 8))
        .get(file.integer(value + 12, 4));
      if (text !== undefined) return file.text(text, file.integer(value, 4));
      throw new CorruptWeightsError(
        `Cannot read the HDF5 attribute "${name}" as its text ${i} is absent`,
      );
    });
  }
  return undefined;
}

/** The positions of an attribute's parts, from the message at `at` (IV.A.2.m). */
function readParts(file: Structures, at: number) {
  const version = file.integer(at, 1);
  if (version < 1 || version > 3) {
    throw new CorruptWeightsError(
      `Cannot read the HDF5 attribute at byte ${at} as its version must be 1, 2 or 3: it is ${version}`,
    );
  }
  // Version 1 pads parts to whole words, version 3 adds a character set.
  const pad = (length: number) =>
    version === 1 ? Math.ceil(length / 8) * 8 : length;
  const nameLength = file.integer(at + 2, 2);
  const name = at + (version === 3 ? 9 : 8);
  const datatype = name + pad(nameLength);
  const dataspace = datatype + pad(file.integer(at + 4, 2));
  const values = dataspace + pad(file.integer(at + 6, 2));
  return { name: file.text(name, nameLength), datatype, dataspace, values };
}

/** Classes of datatype (IV.A.2.d), and the type of a variable-length list. */
const FIXED_LENGTH_TEXT = 3;
const VARIABLE_LENGTH = 9;
const TEXT = 1;

/**
 * The addresses of the objects in the global heap at `heap` (III.E), by their
 * index: it has texts of variable length.
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
    if (index === 0) break; // Free space.
    file.charge(OBJECT_BYTES);
    objects.set(index, at + 16);
    at += 16 + Math.ceil(file.integer(at + 8, 8) / 8) * 8;
  }
  return objects;
}

/** V8's memory for an entry of the map. */
const OBJECT_BYTES = 64;

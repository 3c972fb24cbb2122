import { CorruptWeightsError } from "../../errors.ts";
import type { Structures } from "./structures.ts";

/** The messages of a group or a data set, by their type: {@linkcode MESSAGE}. */
export type Messages = ReadonlyMap<number, readonly Message[]>;

export interface Message {
  /** In bytes from the file's start. */
  readonly at: number;
  /** In bytes. */
  readonly length: number;
}

/** The types of message that are read, see "HDF5 File Format" IV.A.2. */
export const MESSAGE = {
  dataspace: 0x01,
  datatype: 0x03,
  layout: 0x08,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

/**
 * The messages of the object at `address`: a header of version 1 (IV.A.1.a),
 * whose messages are in a first block and its continuations.
 */
export function readMessages(file: Structures, address: number): Messages {
  const version = file.integer(address, 1);
  if (version !== 1) {
    throw new CorruptWeightsError(
      `Cannot read the HDF5 object at byte ${address} as its version must be 1: it is ${version}`,
    );
  }
  file.charge(OBJECT_BYTES);
  let count = file.integer(address + 2, 2);
  const messages = new Map<number, Message[]>();
  const blocks = [{ start: address + 16, size: file.integer(address + 8, 4) }];
  for (const { start, size } of blocks) {
    let at = start + PREFIX;
    while (count > 0 && at <= start + size) {
      const prefix = file.integer(at - PREFIX, 4);
      const type = prefix & 0xffff;
      const length = prefix >>> 16;
      file.charge(KEPT.has(type) ? MESSAGE_BYTES : PASSED_BYTES);
      if (KEPT.has(type)) {
        const alike = messages.get(type);
        if (alike === undefined) messages.set(type, [{ at, length }]);
        else alike.push({ at, length });
      } else if (type === MESSAGE.continuation) {
        file.charge(MESSAGE_BYTES);
        blocks.push({
          start: file.integer(at, 8),
          size: file.integer(at + 8, 8),
        });
      }
      at += length + PREFIX;
      count--;
    }
  }
  return messages;
}

/** Messages that are kept. A file may have any number of others. */
const KEPT = new Set<number>([
  MESSAGE.dataspace,
  MESSAGE.datatype,
  MESSAGE.layout,
  MESSAGE.attribute,
  MESSAGE.symbolTable,
]);

/** V8's memory for an object's map of messages, and for a message. */
const OBJECT_BYTES = 512;
const MESSAGE_BYTES = 64;

/** Charged for a message that isn't kept, so that their number is bounded. */
const PASSED_BYTES = 4;

/** Type, length, flags and three reserved bytes. */
const PREFIX = 8;

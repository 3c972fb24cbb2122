import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { readCheckpointIndex } from "../../../src/weights/tensorflow/checkpoint.ts";
import { makeIndex } from "./saved_models.ts";

const entry = (...bytes: number[]) => Uint8Array.from(bytes);
const HEADER = ["", entry(8, 1)] as const;

Deno.test("readCheckpointIndex() reads keys that share what they begin with", () => {
  const { entry: entryOf, shards } = readCheckpointIndex(makeIndex([
    HEADER,
    ["layer/bias", entry(8, 1, 18, 4, 18, 2, 8, 3, 32, 8, 40, 12)],
    ["layer/kernel", entry(8, 19, 40, 2)],
    ["layer/name", entry(8, 7, 40, 9)],
  ]));
  assert.equal(shards, 1);
  assert.deepEqual(entryOf("layer/bias"), {
    type: 1,
    shape: [3],
    shard: 0,
    offset: 8,
    size: 12,
  });
  assert.deepEqual(entryOf("layer/kernel"), {
    type: 19,
    shape: [],
    shard: 0,
    offset: 0,
    size: 2,
  });
  assert.equal(entryOf("layer/name"), undefined); // Texts aren't numbers.
  assert.equal(entryOf("layer"), undefined);
});

const ENTRIES: readonly [what: string, bytes: Uint8Array, text: RegExp][] = [
  [
    "slices",
    entry(8, 1, 40, 4, 58, 0),
    /the variable "v" must not be in slices/,
  ],
  [
    "a wrong size",
    entry(8, 1, 40, 5),
    /must be 1 values of 4 bytes in one of 1 files: it is bytes 0 to 5/,
  ],
  [
    "an absent file",
    entry(8, 1, 24, 1, 40, 4),
    /in one of 1 files: it is bytes 0 to 4 of file 1/,
  ],
  [
    "an offset before the file",
    entry(8, 1, 32, ...Array(9).fill(0xff), 1, 40, 4),
    /it is bytes -1 to 3/,
  ],
];

for (const [what, bytes, text] of ENTRIES) {
  Deno.test(`readCheckpointIndex() refuses a variable with ${what}`, () => {
    const checkpoint = readCheckpointIndex(makeIndex([HEADER, ["v", bytes]]));
    assertRefused(() => checkpoint.entry("v"), text);
  });
}

const INDEX = makeIndex([HEADER, ["v", entry(8, 1, 40, 4)]]);

const PATCHES: readonly [what: string, at: number, value: number, RegExp][] = [
  // It follows the block's 13 bytes of entries and its 8 of restarts.
  ["compressed blocks", 21, 1, /must not be compressed/],
  ["restarts that don't fit", 20, 0xff, /must end with their restarts/],
  ["entries beyond their block", 2, 0x70, /must lie in their blocks/],
  ["a key that shares too much", 5, 9, /must lie in their blocks/],
  ["blocks beyond the file", INDEX.length - 46, 0x7f, /must lie in it/],
];

for (const [what, at, value, text] of PATCHES) {
  Deno.test(`readCheckpointIndex() refuses ${what}`, () => {
    const bytes = INDEX.slice();
    bytes[at] = value;
    assertRefused(() => readCheckpointIndex(bytes), text);
  });
}

Deno.test("readCheckpointIndex() bounds the bytes of its keys", () => {
  const long = "k".repeat(2 ** 16);
  const entries = Array.from(
    { length: 40 },
    (_, i) => [`${long}${i}`, entry(8, 1)] as const,
  );
  assertRefused(
    () => readCheckpointIndex(makeIndex([HEADER, ...entries])),
    /its keys must have <= 2097152 bytes/,
  );
});

function assertRefused(read: () => unknown, text: RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.match(error.message, text);
    return true;
  });
}

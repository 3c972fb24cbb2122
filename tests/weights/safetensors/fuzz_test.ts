import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { CorruptWeightsError, MemoryLimitError } from "../../../src/errors.ts";
import { DTYPE_BYTES } from "../../../src/weights/safetensors/tensor_entry.ts";
import {
  parseHeader,
  type SafetensorsHeader,
} from "../../../src/weights/safetensors/header.ts";
import { readSafetensors } from "../../../src/weights/safetensors/read.ts";
import { fuzzRuns } from "../../fuzz_runs.ts";
import { makeFile, setLength, streamOf } from "./files.ts";
import { joined } from "../../joined.ts";

/** The memory that reading may use in addition to the file itself. */
const ALLOWANCE = 8 * 2 ** 20;

/** For each of the four kinds of damage. */
const RUNS = fuzzRuns(2_000, 5_000);

const FILES = [
  makeFile("{}", 0),
  makeFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   `, 8),
  makeFile({
    __metadata__: { format: "pt", "é": "✓" },
    "fc.weight": { dtype: "BF16", shape: [3, 4], data_offsets: [8, 32] },
    "bn.num_batches_tracked": { dtype: "I64", shape: [], data_offsets: [0, 8] },
    "fc.bias": { dtype: "F16", shape: [3], data_offsets: [32, 38] },
    empty: { dtype: "U8", shape: [0, 9], data_offsets: [38, 38] },
  }, 38),
];

/** Replacements for JSON values: other types, and limits of number types. */
const LIES = [
  ..."0 -0 -1 1 2 4 8 30 0.5 1e2 1e308 1e999".split(" "),
  ...[31, 32, 40, 52, 53, 63, 64].map((it) => String(2 ** it)),
  ...["9007199254740991", "18446744073709551615", "null", "true", '""', '"U8"'],
  ...['"a"', '"__proto__"', '"__metadata__"', "[]", "[0]", "[0,8]", "[8,0]"],
  ...["{}", '{"shape":[0]}', '{"dtype":"U8","shape":[8],"data_offsets":[0,8]}'],
];

/** The kinds of damage to a file's entries and data. */
const MOVES = ["entry", "copy", "drop", "name", "offsets", "claim", "body"];

const file = fc.constantFrom(...FILES);
// Uniform, unlike `fc.double`, most of whose numbers are near 0.
const position = fc.nat(9_999).map((n) => n / 10_000);
/** The stream's chunk sizes, and whether its size is known. */
const delivery = fc.record({
  parts: fc.constantFrom(7, 64, 1000),
  sized: fc.boolean(),
});

Deno.test("readSafetensors() of damaged bytes gives tensors or a CorruptWeightsError", async () => {
  const value = fc.oneof(
    fc.nat(255),
    // With these bytes, the result is more often still JSON.
    fc.constantFrom(...`0123456789{}[]",:-e. ab`).map((it) => it.charCodeAt(0)),
  );
  const changes = fc.array(fc.tuple(position, value), {
    minLength: 1,
    maxLength: 3,
  });
  await check(
    fc.tuple(file, changes).map(([file, changes]) => {
      const bytes = file.slice();
      for (const [where, value] of changes) {
        bytes[Math.floor(where * bytes.length)] = value;
      }
      return bytes;
    }),
  );
});

Deno.test("readSafetensors() of cut and spliced files gives tensors or a CorruptWeightsError", async () => {
  await check(
    fc.tuple(file, file, position, position, position).map(
      ([a, b, end, from, to]) =>
        joined(
          a.subarray(0, Math.ceil(end * a.length)),
          b.subarray(...range(from, to, b.length)),
        ),
    ),
  );
});

Deno.test("readSafetensors() of a header that lies gives tensors or a CorruptWeightsError", async () => {
  const length = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(400).map(BigInt) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  );
  const lies = fc.array(fc.tuple(position, fc.constantFrom(...LIES)), {
    minLength: 1,
    maxLength: 3,
  });
  await check(
    fc.tuple(file, lies, length).map(([file, lies, length]) => {
      const { header, data } = take(file);
      const tokens = header.match(/"[^"]*":?|\d+|[^"\d]/g)!;
      const values = [...tokens.keys()].filter((i) =>
        /^(".*"|\d+)$/.test(tokens[i]!)
      );
      for (const [where, lie] of lies) {
        const at = values[Math.floor(where * values.length)];
        if (at !== undefined) tokens[at] = lie;
      }
      const bytes = joined(makeFile(tokens.join(""), 0), data);
      if (length !== null) setLength(bytes, length);
      return bytes;
    }),
  );
});

Deno.test("readSafetensors() of entries in disorder gives tensors or a CorruptWeightsError", async () => {
  const move = fc.record({
    what: fc.constantFrom(...MOVES),
    from: position,
    to: position,
    bytes: fc.nat(8),
  });
  const moves = fc.array(move, { minLength: 1, maxLength: 3 });
  await check(
    fc.tuple(file, moves).map(([file, moves]) => {
      const { header, data } = take(file);
      const entries = Object.entries<Record<string, unknown>>(
        JSON.parse(header),
      );
      let body = data;
      for (const { what, from, to, bytes } of moves) {
        const at = Math.floor(from * entries.length);
        const other = Math.floor(to * entries.length);
        const entry = entries[at];
        if (entry === undefined) continue;
        const [name, value] = entry;
        if (what === "entry") {
          entries.splice(other, 0, ...entries.splice(at, 1));
        }
        if (what === "copy") entries.splice(other, 0, [name, value]);
        if (what === "drop") entries.splice(at, 1);
        if (what === "name") entries[at] = [entries[other]![0], value];
        if (what === "offsets") {
          const { data_offsets } = entries[other]![1];
          entries[at] = [name, { ...value, data_offsets }];
        }
        if (what === "claim") {
          const size = 2 ** (6 * bytes);
          const data_offsets = [body.length, body.length + size];
          entries.push(["claim", { dtype: "U8", shape: [size], data_offsets }]);
        }
        if (what === "body") {
          body = to < 0.5
            ? body.subarray(bytes)
            : joined(body, new Uint8Array(bytes));
        }
      }
      const members = entries.map(([name, value]) =>
        `${JSON.stringify(name)}:${JSON.stringify(value)}`
      );
      return joined(makeFile(`{${members.join(",")}}`, 0), body);
    }),
  );
});

/** Reads each file, counting all allocated bytes. */
async function check(files: fc.Arbitrary<Uint8Array>): Promise<void> {
  let sound = 0;
  await fc.assert(
    fc.asyncProperty(files, delivery, async (bytes, { parts, sized }) => {
      const { stream } = streamOf(bytes, parts);
      const limit = bytes.length + ALLOWANCE;
      const size = sized ? bytes.length : undefined;
      const place = ({ dataLength }: SafetensorsHeader) => {
        if (sized) assert.ok(dataLength <= bytes.length);
        // Callers must check this if the size isn't known.
        if (dataLength > limit) throw new MemoryLimitError("too much");
        return new Uint8Array(dataLength);
      };
      const stopCounting = countAllocations();
      try {
        const header = await readSafetensors(stream, place, { size });
        assertCovers(header, bytes.length);
        sound++;
      } catch (error) {
        if (error instanceof MemoryLimitError) assert.ok(!sized);
        else if (!(error instanceof CorruptWeightsError)) throw error;
      } finally {
        assert.ok(stopCounting() <= limit);
      }
    }),
    { numRuns: RUNS },
  );
  assert.ok(sound > 0 && sound < RUNS); // Some damage is harmless.
}

/** Asserts a header's guarantees, by other means than the reader. */
function assertCovers(header: SafetensorsHeader, fileLength: number): void {
  const { tensors, dataOffset, dataLength } = header;
  assert.equal(dataOffset + dataLength, fileLength);
  assert.equal(new Set(tensors.map((it) => it.name)).size, tensors.length);
  const owners = new Uint8Array(dataLength);
  for (const { dtype, shape, offset, length } of tensors) {
    for (let i = offset; i < offset + length; i++) owners[i]!++;
    const bytes = BigInt(DTYPE_BYTES[dtype]);
    assert.equal(shape.reduce((a, b) => a * BigInt(b), bytes), BigInt(length));
  }
  assert.ok(owners.every((it) => it === 1));
}

/**
 * Counts the bytes of all `new Uint8Array(length)` until the returned function is
 * called, which returns the sum.
 */
function countAllocations(): () => number {
  const original = globalThis.Uint8Array;
  let count = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args) {
      if (typeof args[0] === "number") count += args[0];
      return Reflect.construct(target, args);
    },
  });
  return () => {
    globalThis.Uint8Array = original;
    return count;
  };
}

/** A file's header as text, and its data. */
function take(file: Uint8Array): { header: string; data: Uint8Array } {
  const { dataOffset } = parseHeader(file);
  const header = new TextDecoder().decode(file.subarray(8, dataOffset));
  return { header, data: file.subarray(dataOffset) };
}

function range(from: number, to: number, length: number): [number, number] {
  const [begin, end] = from < to ? [from, to] : [to, from];
  return [Math.floor(begin * length), Math.ceil(end * length)];
}

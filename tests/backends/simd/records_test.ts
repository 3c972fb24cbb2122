/** That each kernel finds its arguments there is tested in `kernels`. */
import assert from "node:assert/strict";
import {
  KIND,
  LEVEL,
  LEVEL_BYTES,
  PROGRAM,
  PROGRAM_BYTES,
  RECORDS,
  STEP_BYTES,
} from "../../../src/backends/simd/modules/shared.ts";
import {
  type Fields,
  type Kind,
  writeLevel,
  writeStep,
} from "../../../src/backends/simd/records.ts";

const KINDS = Object.entries(KIND) as [Kind, number][];

Deno.test("Each kind of step has a number and a record of its own words", () => {
  assert.deepEqual(Object.keys(RECORDS).sort(), Object.keys(KIND).sort());
  assert.deepEqual(
    KINDS.map(([, number]) => number),
    Array.from(KINDS.keys()),
  );
  for (const [kind, record] of Object.entries(RECORDS)) {
    const offsets = Object.values(record);
    assert.deepEqual(offsets, offsets.map((_, i) => i * 4), kind);
    assert.ok(offsets.length * 4 <= STEP_BYTES, kind);
    assert.deepEqual(Object.keys(record).slice(0, 2), ["kind", "tasks"]);
  }
  for (const record of [PROGRAM, LEVEL]) {
    for (const offset of Object.values(record)) {
      assert.ok(offset + 4 <= Math.min(PROGRAM_BYTES, LEVEL_BYTES));
    }
  }
});

Deno.test("writeStep() writes what each kernel reads, and nothing else", () => {
  for (const [kind, number] of KINDS) {
    const names = Object.keys(RECORDS[kind]).slice(2);
    const view = new DataView(new ArrayBuffer(STEP_BYTES + 4));
    const values = Object.fromEntries(names.map((name, i) => [name, i + 1]));
    writeStep(view, 4, kind, 7, values as unknown as Fields<Kind>);

    const expected = [number, 7, ...names.map((_, i) => i + 1)];
    for (let at = 0; at < STEP_BYTES; at += 4) {
      const found = view.getUint32(4 + at, true);
      assert.equal(found, expected[at / 4] ?? 0, `${kind}, byte ${at}`);
    }
    assert.equal(view.getUint32(0), 0);
  }
});

Deno.test("writeStep() keeps all bits of addresses and sign masks", () => {
  const view = new DataView(new ArrayBuffer(STEP_BYTES));
  const fields: Fields<"border"> = {
    start: 0xfffffffc,
    before: 0,
    inside: 0,
    between: 0,
    rows: 0,
    after: 0,
    fill: 0x80808080,
  };
  writeStep(view, 0, "border", 1, fields);
  assert.equal(view.getUint32(8, true), 0xfffffffc);
  assert.equal(view.getUint32(8 + 6 * 4, true), 0x80808080);
});

Deno.test("writeLevel() writes what programs read, and not what they count", () => {
  const view = new DataView(new ArrayBuffer(LEVEL_BYTES));
  for (let at = 0; at < LEVEL_BYTES; at++) view.setUint8(at, 0xee);
  writeLevel(view, 0, 5, 640);
  const found = Object.entries(LEVEL).map((
    [name, offset],
  ) => [name, view.getUint32(offset, true)]);
  const untouched = 0xeeeeeeee;
  assert.deepEqual(Object.fromEntries(found), {
    done: untouched,
    sleeping: untouched,
    tasks: 5,
    first: 640,
  });
  assert.equal(view.getBigUint64(0, true), 0xeeeeeeeeeeeeeeeen); // `next`
});

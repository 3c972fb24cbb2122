/**
 * Kernels and those who write their records know them from two sources: these
 * tests read the kernels' own.
 */
import assert from "node:assert/strict";
import {
  type Fields,
  type Kind,
  KINDS,
  LEVEL_BYTES,
  PROGRAM_BYTES,
  RESCALE_BYTES,
  STEP_BYTES,
  TABLE_BYTES,
  TASK_PIXELS,
  writeLevel,
  writeStep,
} from "../../../src/backends/simd/records.ts";

const kernels = new URL(
  "../../../src/backends/simd/kernels/",
  import.meta.url,
);
const [step, program, conv] = ["step.ts", "program.ts", "conv.ts"].map((name) =>
  Deno.readTextFileSync(new URL(name, kernels))
) as [string, string, string];

/** The bytes of AssemblyScript's types. */
const SIZES = { u32: 4, i32: 4, f32: 4, usize: 4, u64: 8 };

interface Field {
  readonly name: string;
  readonly type: keyof typeof SIZES;
  /** From the record's start, in bytes. */
  readonly offset: number;
}

Deno.test("KINDS are those of the kernels", () => {
  const found = cases().map(({ number, kernel }) => [kernel, number]);
  assert.deepEqual(Object.fromEntries(found), KINDS);
});

Deno.test("writeStep() writes what each kernel reads, in its order", () => {
  for (const { number, kernel, record } of cases()) {
    const fields = fieldsOf(step, record);
    assert.deepEqual(
      fields.slice(0, 2).map(({ name }) => name),
      ["kind", "tasks"],
    );
    const own = fields.slice(2);
    const view = new DataView(new ArrayBuffer(STEP_BYTES + 4));
    writeStep(
      view,
      4,
      kernel as Kind,
      7,
      // deno-lint-ignore no-explicit-any
      Object.fromEntries(own.map(({ name }, i) => [name, i + 1])) as any,
    );

    const expected = [number, 7, ...own.keys().map((i) => i + 1)];
    for (const [i, { name, type, offset }] of fields.entries()) {
      const found = type === "f32"
        ? view.getFloat32(4 + offset, true)
        : view.getUint32(4 + offset, true);
      assert.equal(found, expected[i], `${record}.${name}`);
    }
    const end = fields.at(-1)!.offset + 4;
    assert.ok(end <= STEP_BYTES, record);
    for (let at = 4 + end; at < view.byteLength; at += 4) {
      assert.equal(view.getUint32(at), 0, `${record} has ${end} bytes`);
    }
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
  const fields = fieldsOf(program, "Level");
  const view = new DataView(new ArrayBuffer(LEVEL_BYTES));
  for (let at = 0; at < LEVEL_BYTES; at++) view.setUint8(at, 0xee);
  writeLevel(view, 0, 5, 640);
  const found = Object.fromEntries(
    fields.map((
      { name, offset },
    ) => [name, view.getUint32(offset, true)]),
  );
  const untouched = 0xeeeeeeee;
  assert.deepEqual(found, {
    next: untouched,
    done: untouched,
    sleeping: untouched,
    tasks: 5,
    first: 640,
  });
});

Deno.test("Records and tables have the sizes of the kernels", () => {
  const { PROGRAM_BYTES: programBytes, ...own } = constantsOf(program);
  assert.equal(programBytes, PROGRAM_BYTES);
  assert.equal(own.LEVEL_BYTES, LEVEL_BYTES);
  assert.equal(own.STEP_BYTES, STEP_BYTES);
  assert.equal(constantsOf(step).RESCALE_BYTES, RESCALE_BYTES);
  assert.equal(constantsOf(conv).TASK_PIXELS, TASK_PIXELS);
  assert.equal(constantsOf(conv).TABLE_BYTES, TABLE_BYTES);
  for (const name of ["Program", "Level"]) {
    const { offset, type } = fieldsOf(program, name).at(-1)!;
    assert.ok(offset + SIZES[type] <= Math.min(PROGRAM_BYTES, LEVEL_BYTES));
  }
});

/** Of each kind of step: its number, its kernel and the kernel's record. */
function cases() {
  const pattern = /case (\d+):\s+(\w+)\(changetype<(\w+)>/g;
  const found = Array.from(
    program.matchAll(pattern),
    ([, number, kernel, record]) => ({
      number: Number(number),
      kernel: kernel!,
      record: record!,
    }),
  );
  assert.equal(found.length, program.match(/case \d+:/g)!.length);
  return found;
}

/** The fields of a class, after those of the class that it extends. */
function fieldsOf(source: string, name: string): Field[] {
  const pattern = new RegExp(
    `\\nexport class ${name}(?: extends (\\w+))? \\{\\n(.*?)\\n\\}`,
    "s",
  );
  const [, base, body] = source.match(pattern) ??
    assert.fail(`There is no class ${name}`);
  const fields = base === undefined ? [] : fieldsOf(source, base);
  const last = fields.at(-1);
  let offset = last ? last.offset + SIZES[last.type] : 0;
  for (const [, field, type] of body!.matchAll(/^ {2}(\w+): (\w+);$/gm)) {
    const size = SIZES[type as Field["type"]];
    assert.ok(size, `${name}.${field} is ${type}`);
    offset = Math.ceil(offset / size) * size;
    fields.push({ name: field!, type: type as Field["type"], offset });
    offset += size;
  }
  return fields;
}

/** The constants of a source, which may name those before them. */
function constantsOf(source: string): Record<string, number> {
  const found: Record<string, number> = {};
  const pattern = /^(?:export )?const (\w+): usize = ([^;]+);$/gm;
  for (const [, name, value] of source.matchAll(pattern)) {
    const names = Object.keys(found);
    found[name!] = new Function(...names, `return ${value}`)(
      ...Object.values(found),
    );
  }
  return found;
}

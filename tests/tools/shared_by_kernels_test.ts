import assert from "node:assert/strict";
import { describeShared } from "../../tools/shared_by_kernels.ts";

const describe = (shared: string, step = "") =>
  describeShared((name) =>
    ({ "shared.ts": shared, "step.ts": step })[name] ?? null
  );

Deno.test("describeShared() gives constants, enums, records and what kernels read", async () => {
  const text = await describe(
    `export { Kind, longStep, LongStep, SIZE } from "./step";`,
    `
      @unmanaged class Step { kind: usize; }
      @unmanaged export class LongStep extends Step {
        flag: u8; count: u64; next: Step; last: i32;
      }
      export const enum Kind { none, long = 5 }
      export const SIZE: usize = offsetof<LongStep>() + 1;
      export function longStep(step: LongStep, task: usize): void {}
    `,
  );
  const module = await import(
    `data:application/typescript,${encodeURIComponent(text)}`
  );
  const LONG_STEP = { kind: 0, next: 16, last: 20 };
  assert.deepEqual({ ...module }, {
    KIND: { none: 0, long: 5 },
    LONG_STEP,
    RECORDS: { longStep: LONG_STEP },
    SIZE: 25,
  });
});

Deno.test("describeShared() refuses what 32-bit integers can't hold", async () => {
  const step = "@unmanaged export class Step { top: f32; }";
  await assert.rejects(
    describe(`export { Step } from "./step";`, step),
    /Cannot share Step\.top: it is a float/,
  );
  await assert.rejects(
    describe("export const HALF: f32 = 0.5;"),
    /Cannot share HALF: it is 0\.5/,
  );
  await assert.rejects(
    describe("export function run(): void {}"),
    /Cannot share run: it has no record/,
  );
  await assert.rejects(
    describe("export const SIZE: usize = ;"),
    /Expression expected/,
  );
});

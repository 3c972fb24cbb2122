import assert from "node:assert/strict";
import { keepIdle, MAX_KEPT_BYTES } from "../../src/image/idle.ts";

interface Thing {
  readonly name: string;
  readonly bytes: number;
}

const start = () => keepIdle<Thing>(({ bytes }) => bytes);
const any = () => false;

Deno.test("keepIdle() gives what suits, or else what came last", () => {
  const idle = start();
  assert.equal(idle.take(any), undefined);
  for (const name of ["a", "b", "c"]) idle.give({ name, bytes: 1 });
  assert.equal(idle.take(({ name }) => name === "a")?.name, "a");
  assert.equal(idle.take(({ name }) => name === "a")?.name, "c");
  assert.equal(idle.take(any)?.name, "b");
  assert.equal(idle.take(any), undefined);
});

Deno.test("keepIdle() takes what is too large to be kept again while it is there", () => {
  const idle = start();
  const large = { name: "large", bytes: MAX_KEPT_BYTES + 1 };
  const small = { name: "small", bytes: 1 };
  idle.give(large);
  idle.give(small);
  assert.equal(idle.take(any), small);
  assert.equal(idle.take(any), large);
  assert.equal(idle.take(any), undefined);
});

Deno.test("keepIdle() limits the number of kept objects and their total size", () => {
  const { WeakRef } = globalThis;
  let left = 0;
  globalThis.WeakRef = class<T extends WeakKey> extends WeakRef<T> {
    constructor(it: T) {
      super(it);
      left++;
    }
  };
  try {
    const idle = start();
    for (let i = 0; i < 6; i++) idle.give({ name: `${i}`, bytes: 1 });
    assert.equal(left, 2);
    const others = start();
    const half = MAX_KEPT_BYTES / 2;
    for (let i = 0; i < 3; i++) others.give({ name: `${i}`, bytes: half });
    assert.equal(left, 3);
  } finally {
    globalThis.WeakRef = WeakRef;
  }
});

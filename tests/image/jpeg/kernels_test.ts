import assert from "node:assert/strict";
import {
  type JpegKernels,
  withKernels,
} from "../../../src/image/jpeg/kernels.ts";
import { FIXED_BYTES } from "../../../src/image/jpeg/modules/shared.ts";
import { withoutIdle } from "../without_idle.ts";
import { watchMemory } from "../../watch_memory.ts";

const SMALL = 200_000;
const LARGE = 40_000_000;

const memoryOf = (bytes: number) =>
  withKernels(bytes, ({ memory }) => Promise.resolve(memory));

Deno.test("withKernels() keeps a small instance for the next image", async () => {
  const memory = await memoryOf(SMALL);
  assert.equal(await memoryOf(SMALL), memory);
  assert.ok(memory.buffer.byteLength >= SMALL);
});

Deno.test("withKernels() keeps the memory of a large image for the next one", async () => {
  const memory = await memoryOf(LARGE);
  assert.ok(memory.buffer.byteLength >= LARGE);
  assert.equal(await memoryOf(SMALL), memory);
});

Deno.test("withKernels() gives images that come together an instance each", async () => {
  const [first, second] = await Promise.all([
    withKernels(SMALL, async ({ memory }) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return memory;
    }),
    memoryOf(SMALL),
  ]);
  assert.notEqual(first, second);
});

Deno.test("withKernels() drops an instance that failed, and clears its memory", async () => {
  await withoutIdle(async () => {
    let failed: JpegKernels | undefined;
    const fail = withKernels(SMALL, (kernels) => {
      failed = kernels;
      new Uint8Array(kernels.memory.buffer, FIXED_BYTES, 99).fill(1);
      return Promise.reject(new Error("failed"));
    });
    await assert.rejects(fail, /failed/);
    await withKernels(SMALL, ({ memory, decodeRow, usedBytes }) => {
      assert.equal(memory, failed?.memory);
      assert.notEqual(decodeRow, failed?.decodeRow);
      assert.equal(usedBytes, 0);
      const bytes = new Uint8Array(memory.buffer, FIXED_BYTES);
      assert.equal(bytes.indexOf(1), -1);
      return Promise.resolve();
    });
  });
});

Deno.test("withKernels() says how much memory it doesn't get", async () => {
  using _watch = watchMemory({ limit: 2 ** 20 });
  await assert.rejects(memoryOf(600_000_000), {
    name: "ImageTooLargeError",
    message: /needs 573 MiB of memory/,
  });
});

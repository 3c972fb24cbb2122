import assert from "node:assert/strict";
import { withKernels } from "../../../src/image/jpeg/kernels.ts";
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

Deno.test("withKernels() drops the memory of a large image", async () => {
  const memory = await memoryOf(LARGE);
  assert.ok(memory.buffer.byteLength >= LARGE);
  assert.notEqual(await memoryOf(SMALL), memory);
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

Deno.test("withKernels() drops an instance that failed", async () => {
  let failed: WebAssembly.Memory | undefined;
  await assert.rejects(
    withKernels(SMALL, ({ memory }) => {
      failed = memory;
      return Promise.reject(new Error("failed"));
    }),
    /failed/,
  );
  assert.notEqual(await memoryOf(SMALL), failed);
});

Deno.test("withKernels() says how much memory it doesn't get", async () => {
  using _watch = watchMemory({ limit: 2 ** 20 });
  // The instance that may be kept is in use: another one has to be made.
  await withKernels(SMALL, () =>
    assert.rejects(memoryOf(LARGE), {
      name: "ImageTooLargeError",
      message: /needs 39 MiB of memory/,
    }));
});

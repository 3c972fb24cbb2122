/**
 * All formats are decoded in one memory, where each leaves nothing that affects the
 * next.
 */
import assert from "node:assert/strict";
import { decodeImage, type Pixels, preprocess } from "../../src/image/mod.ts";
import { withPixels } from "../../src/image/workspace.ts";
import { blankPng } from "../examples/blank_png.ts";
import { watchMemory } from "../watch_memory.ts";
import { fixture } from "./fixtures.ts";
import { blankWebp } from "./webp/blank_webp.ts";
import { withoutIdle } from "./without_idle.ts";

const SCARCE = { maxMemory: 48_000_000 };
const SQUASH = { crop: { kind: "squash" }, resize: "antialiased" } as const;

/** Makes the start of any worker fail the test. */
function forbidWorkers(): Disposable {
  const { Worker } = globalThis;
  globalThis.Worker = class {
    constructor() {
      assert.fail("a worker is started");
    }
  } as unknown as typeof Worker;
  return { [Symbol.dispose]: () => void (globalThis.Worker = Worker) };
}

Deno.test("images of all formats, one after the other, take one memory and give the same pixels", async () => {
  using _ = forbidWorkers();
  const files = [
    fixture("color.jpg"),
    blankPng(600),
    fixture("lossy.webp"),
    fixture("heif/grid.avif"),
    fixture("interlaced.png"),
    fixture("progressive.jpg"),
    blankWebp(1001, 1000),
  ];
  const read = (file: Uint8Array<ArrayBuffer>) =>
    preprocess(file, 75, SQUASH, SCARCE);
  const expected: Pixels[] = [];
  for (const file of files) expected.push(await withoutIdle(() => read(file)));
  await withoutIdle(async () => {
    const { Memory } = WebAssembly;
    let made = 0;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        made++;
      }
    };
    try {
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < files.length; i++) {
          const at = (i * (round + 1)) % files.length;
          assert.deepEqual(await read(files[at]!), expected[at]);
        }
      }
    } finally {
      WebAssembly.Memory = Memory;
    }
    assert.equal(made, 1);
  });
});

Deno.test("the same large image again takes no more memory", async () => {
  using _ = forbidWorkers();
  for (const file of [blankWebp(1001, 1000), fixture("heif/large.avif")]) {
    await withoutIdle(async () => {
      using watch = watchMemory();
      const most = [];
      for (let i = 0; i < 3; i++) {
        watch.reset();
        await preprocess(file, 75, SQUASH, SCARCE);
        most.push(watch.mostBytes());
      }
      // The first image grows the memory, and the second one reuses it.
      assert.deepEqual(most.slice(1), [0, 0]);
    });
  }
});

Deno.test("a damaged file leaves nothing in the memory that changes the next one", async () => {
  using _ = forbidWorkers();
  for (const name of ["lossy.webp", "heif/large.avif", "color.jpg"]) {
    const file = fixture(name);
    const expected = await preprocess(file, 75, SQUASH, SCARCE);
    for (let i = 1; i < 10; i += 3) {
      const damaged = file.slice();
      damaged.fill(0xa5, i * file.length / 10, (i + 0.5) * file.length / 10);
      await preprocess(damaged, 75, SQUASH, SCARCE).catch((error) =>
        assert.match(error.code, /image/)
      );
      const again = await preprocess(file, 75, SQUASH, SCARCE);
      assert.deepEqual(again, expected);
    }
  }
});

Deno.test("images that are decoded together don't share a memory", async () => {
  using _ = forbidWorkers();
  const names = ["lossy.webp", "color.jpg", "interlaced.png", "color.jpg"];
  const expected: Pixels[] = [];
  for (const name of names) expected.push(await decodeImage(fixture(name)));
  for (let i = 0; i < 3; i++) {
    const images = names.map((it) => decodeImage(fixture(it), SCARCE));
    assert.deepEqual(await Promise.all(images), expected);
  }
});

Deno.test("withPixels() gives pixels without those of another image", async () => {
  for (const side of [300, 200, 4100]) {
    await withPixels(side, side, (data) => {
      assert.equal(data.length, 4 * side * side);
      assert.equal(data.indexOf(7), -1);
      data.fill(7);
      return Promise.resolve();
    });
  }
});

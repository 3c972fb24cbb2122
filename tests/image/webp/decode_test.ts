import assert from "node:assert/strict";
import { decodeImage, preprocess } from "../../../src/image/mod.ts";
import { boundMemory } from "../../../src/image/bounded_memory.ts";
import { startLibwebp } from "../../../src/image/webp/libwebp.ts";
import { silenceWorkers } from "../../silent_workers.ts";
import { decodeFixture, fixture } from "../fixtures.ts";
import { blankWebp } from "./blank_webp.ts";

const MODULE = new WebAssembly.Module(
  Deno.readFileSync(
    new URL("../../../src/image/webp/modules/webp.wasm", import.meta.url),
  ),
);
const LARGE = blankWebp(1500, 1000);
const SQUASH = {
  crop: { kind: "squash" },
  resize: "antialiased",
} as const;

/** Replaces workers by `type`, or counts them and calls `onStart` for each. */
function watchWorkers(type?: unknown, onStart = () => {}) {
  const { Worker } = globalThis;
  const counts = { started: 0, ended: 0 };
  globalThis.Worker = type as typeof Worker ?? class extends Worker {
    constructor(url: string | URL, options: WorkerOptions) {
      super(url, options);
      counts.started++;
      onStart();
    }
    override terminate() {
      super.terminate();
      counts.ended++;
    }
  };
  return {
    counts,
    [Symbol.dispose]: () => void (globalThis.Worker = Worker),
  };
}

Deno.test("decodeImage() decodes a large WebP in a worker, which it ends", async () => {
  using workers = watchWorkers();
  await decodeFixture("lossy.webp");
  assert.deepEqual(workers.counts, { started: 0, ended: 0 });
  const { data, width, height } = await decodeImage(LARGE);
  assert.deepEqual([width, height], [1500, 1000]);
  assert.ok(data.every((it) => it === 255));
  assert.deepEqual(workers.counts, { started: 1, ended: 1 });
});

Deno.test("preprocess() gives up on a WebP when its worker is done, which it ends", async () => {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("enough"));
  using workers = watchWorkers(undefined, abort);
  const input = preprocess(blankWebp(5000, 4000), 9, SQUASH, {
    signal: controller.signal,
  });
  await assert.rejects(
    input,
    (error) =>
      error instanceof Error && error.name === "AbortError" &&
      (error.cause as Error).message === "enough",
  );
  assert.deepEqual(workers.counts, { started: 1, ended: 1 });
});

Deno.test("decodeImage() refuses a large WebP that is damaged, decoded in a worker", async () => {
  const damaged = LARGE.slice();
  damaged.fill(0xff, 25);
  await assert.rejects(decodeImage(damaged), {
    name: "CorruptImageError",
    message: "Cannot decode the WebP as its data is damaged",
  });
});

const FAULTY_WORKERS = {
  "can't be made": class {
    constructor() {
      throw new Error("forbidden");
    }
  },
  "can't begin": class {
    onerror: (event: { preventDefault(): void; message: string }) => void =
      () => {};
    postMessage() {
      queueMicrotask(() =>
        this.onerror({ preventDefault() {}, message: "forbidden" })
      );
    }
    terminate() {}
  },
};

for (const [what, worker] of Object.entries(FAULTY_WORKERS)) {
  Deno.test(`decodeImage() decodes a WebP of 8 megapixels and no larger where workers ${what}`, async () => {
    using _ = watchWorkers(worker);
    assert.equal((await decodeImage(LARGE)).width, 1500);
    await assert.rejects(decodeImage(blankWebp(4000, 2001)), {
      name: "ImageTooLargeError",
      message:
        "Cannot decode the WebP of 8004000 pixels where no worker can be started as the limit is 8000000: shrink the image",
    });
  });
}

Deno.test("decodeImage() decodes a large WebP itself where its worker never starts", async () => {
  using _ = silenceWorkers();
  assert.equal((await decodeImage(LARGE)).width, 1500);
});

Deno.test("libwebp takes no more memory than it is told, and decodes the next image", () => {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const libwebp = startLibwebp(MODULE, boundMemory(), memory);
  assert.equal(libwebp.memory, memory);
  const bytes = blankWebp(3000, 2000);
  assert.equal(libwebp.decode(bytes, 20 << 20), "too large");
  assert.ok(libwebp.memory.buffer.byteLength <= 20 << 20);
  const width = (bytes: Uint8Array) => {
    const image = libwebp.decode(bytes, 80 << 20);
    return typeof image === "string" ? image : image?.width;
  };
  assert.equal(width(bytes), 3000);
  assert.ok(libwebp.memory.buffer.byteLength <= 80 << 20);
  assert.equal(width(new Uint8Array(100)), undefined);
  assert.equal(width(fixture("lossy.webp")), 31);
});

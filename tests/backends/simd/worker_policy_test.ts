import assert from "node:assert/strict";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { narrowNetwork } from "./narrow_file.ts";

Deno.test("one thread runs, with the reason, in a page whose policy refuses workers", async () => {
  const { Worker } = globalThis;
  let tries = 0;
  /** As browsers do: the constructor returns, and an event tells later. */
  class RefusedWorker {
    onerror?: (event: Event) => void;
    constructor() {
      tries++;
      queueMicrotask(() => this.onerror?.(new Event("error")));
    }
    postMessage() {}
    terminate() {}
  }
  Object.assign(globalThis, {
    crossOriginIsolated: true,
    Worker: RefusedWorker,
  });
  try {
    const backend = wasmInt8({ threads: 2 });
    const found = await backend.probe(false);
    assert.ok(found.available);
    assert.match(
      found.detail,
      /, 1 thread \(the page's Content-Security-Policy must allow blob: in worker-src\)$/,
    );
    const network = await narrowNetwork();
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    using session = await backend.reserve(graph).open(network);
    assert.ok((await session.run(noise(75), "features")).length > 0);
    assert.equal(tries, 1);
  } finally {
    Object.assign(globalThis, { crossOriginIsolated: undefined, Worker });
  }
});

import assert from "node:assert/strict";
import type {
  Availability,
  Backend,
  BackendRequest,
  Device,
  Precision,
} from "../../src/backends/mod.ts";
import { openNetwork } from "../../src/backends/select.ts";
import {
  ArgumentError,
  BackendUnavailableError,
  MemoryLimitError,
} from "../../src/errors.ts";
import { inceptionV3, type Network } from "../../src/model/mod.ts";

const GPU = backend("webgpu", "f32", { memory: 200 * 2 ** 20 });
const CPU = backend("wasm", "f32", { memory: 300 * 2 ** 20 });

Deno.test("openNetwork() takes the first backend under auto", async () => {
  const { backend, skippedBackends } = await open([GPU, CPU]);
  assert.equal(backend, GPU);
  assert.deepEqual(skippedBackends, []);
});

Deno.test("openNetwork() passes over what isn't available, with the reason", async () => {
  const absent = backend("webgpu", "f32", {
    availability: { available: false, reason: "no adapter" },
  });
  const { backend: taken, skippedBackends } = await open([absent, CPU]);
  assert.equal(taken, CPU);
  assert.deepEqual(skippedBackends.map((it) => it.refusal), ["no adapter"]);
});

Deno.test("openNetwork() takes a software adapter only when it is asked for", async () => {
  const software = backend("webgpu", "f32", {
    availability: { available: true, detail: "llvmpipe", software: true },
  });
  const { backend: taken, skippedBackends } = await open([software, CPU]);
  assert.equal(taken, CPU);
  assert.match(skippedBackends[0]!.refusal!, /llvmpipe .* only when asked for/);
  const asked = await open([software, CPU], { backend: "webgpu" });
  assert.equal(asked.backend, software);
});

Deno.test("openNetwork() tells a backend whether it was asked for", async () => {
  const asked: boolean[] = [];
  const curious: Backend = {
    ...CPU,
    probe(it) {
      asked.push(it);
      return CPU.probe(it);
    },
  };
  for (const backend of ["auto", undefined, "wasm"] as const) {
    await open([curious], { backend });
  }
  assert.deepEqual(asked, [false, false, true]);
});

Deno.test("openNetwork() goes on when a backend fails to open", async () => {
  const failing: Backend = {
    ...GPU,
    open: () => Promise.reject(new BackendUnavailableError("device lost")),
  };
  const { backend, skippedBackends } = await open([failing, CPU]);
  assert.equal(backend, CPU);
  assert.deepEqual(skippedBackends.map((it) => it.refusal), ["device lost"]);
});

Deno.test("openNetwork() doesn't hide an error that isn't the backend's", async () => {
  const failing: Backend = {
    ...GPU,
    open: () => Promise.reject(new TypeError("corrupt")),
  };
  await assert.rejects(open([failing, CPU]), TypeError);
});

Deno.test("openNetwork() keeps to the device and precision that are asked for", async () => {
  const int8 = backend("wasm", "int8");
  const all = [GPU, int8, CPU];
  const cases: [BackendRequest, Backend][] = [
    [{ backend: "wasm" }, int8],
    [{ precision: "f32" }, GPU],
    [{ backend: "wasm", precision: "f32" }, CPU],
  ];
  for (const [request, expected] of cases) {
    assert.equal((await open(all, request)).backend, expected);
  }
});

Deno.test("openNetwork() says what there is when nothing has the precision", async () => {
  await assert.rejects(
    open([GPU, CPU], { backend: "wasm", precision: "int8" }),
    (error) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(
        error.message,
        /backend "wasm" and precision "int8"\. Should be one of: "webgpu" with "f32", "wasm" with "f32"$/,
      );
      return true;
    },
  );
});

Deno.test("openNetwork() passes over what exceeds the memory limit", async () => {
  const { backend } = await open([CPU, GPU], { memoryLimit: 250 * 2 ** 20 });
  assert.equal(backend, GPU);
});

Deno.test("openNetwork() refuses with the numbers when nothing fits the memory limit", async () => {
  await assert.rejects(
    open([GPU, CPU], { memoryLimit: 128 * 2 ** 20 }),
    (error) => {
      assert.ok(error instanceof MemoryLimitError);
      assert.match(
        error.message,
        /webgpu f32: needs up to 200 MiB, the limit is 128 MiB\n.*wasm f32: needs up to 300 MiB/,
      );
      return true;
    },
  );
});

Deno.test("openNetwork() shows a memory limit as it was given", async () => {
  for (const memoryLimit of [0, 1000, 300 * 2 ** 20 - 1]) {
    await assert.rejects(open([CPU], { memoryLimit }), {
      name: "MemoryLimitError",
      message: new RegExp(
        `needs up to 314572800 bytes, the limit is ${memoryLimit} bytes$`,
      ),
    });
  }
});

Deno.test("openNetwork() gives every backend's reason when none is available", async () => {
  const absent = (device: Device, reason: string) =>
    backend(device, "f32", { availability: { available: false, reason } });
  await assert.rejects(
    open([absent("webgpu", "no adapter"), absent("wasm", "no SIMD")]),
    (error) => {
      assert.ok(error instanceof BackendUnavailableError);
      assert.match(
        error.message,
        /webgpu f32: no adapter\n {2}wasm f32: no SIMD/,
      );
      return true;
    },
  );
});

function open(backends: readonly Backend[], request: BackendRequest = {}) {
  const network = {} as Network; // The backends here don't look at it.
  return openNetwork(network, inceptionV3(), request, backends);
}

function backend(
  device: Device,
  precision: Precision,
  { availability = { available: true, detail: device }, memory = 0 }: {
    availability?: Availability;
    memory?: number;
  } = {},
): Backend {
  return {
    device,
    precision,
    probe: () => Promise.resolve(availability),
    memory: () => Promise.resolve(memory),
    open: () =>
      Promise.resolve({
        run: () => Promise.resolve(new Float32Array()),
        denseWeights: () => Promise.reject(new RangeError("no such layer")),
        concurrency: 1,
        activationBits: null,
        [Symbol.dispose]() {},
      }),
  };
}

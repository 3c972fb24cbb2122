import assert from "node:assert/strict";
import type {
  Availability,
  Backend,
  BackendRequest,
  Device,
  Precision,
  Reservation,
} from "../../src/backends/mod.ts";
import { type Selection, startSelection } from "../../src/backends/select.ts";
import {
  ArgumentError,
  BackendUnavailableError,
  MemoryLimitError,
} from "../../src/errors.ts";
import { inceptionV3, type Network } from "../../src/model/mod.ts";

const RESERVATION: Reservation = {
  open: () =>
    Promise.resolve({
      run: () => Promise.resolve(new Float32Array()),
      denseWeights: () => Promise.reject(new RangeError("no such layer")),
      concurrency: 1,
      activationBits: null,
      [Symbol.dispose]() {},
    }),
  [Symbol.dispose]() {},
};

const GPU = backend("webgpu", "f32", { memory: 200 * 2 ** 20 });
const CPU = backend("wasm", "f32", { memory: 300 * 2 ** 20 });

Deno.test("a selection takes the first backend under auto", async () => {
  const { backend, skippedBackends } = await open([GPU, CPU]);
  assert.equal(backend, GPU);
  assert.deepEqual(skippedBackends, []);
});

Deno.test("a selection passes over what isn't available, with the reason", async () => {
  const absent = backend("webgpu", "f32", {
    availability: { available: false, reason: "no adapter" },
  });
  const { backend: taken, skippedBackends } = await open([absent, CPU]);
  assert.equal(taken, CPU);
  assert.deepEqual(skippedBackends.map((it) => it.refusal), ["no adapter"]);
});

Deno.test("a selection that finds no backend names first what can be installed", async () => {
  const lacks = (device: "webgpu" | "wasm", reason: string) =>
    backend(device, "f32", { availability: { available: false, reason } });
  const backends = [lacks("webgpu", "no GPU"), lacks("wasm", "npm install x")];
  await assert.rejects(open(backends), {
    name: "BackendUnavailableError",
    message:
      "Cannot run the network here:\n  wasm f32: npm install x\n  webgpu f32: no GPU",
  });
});

Deno.test("a selection takes a software adapter only when it is asked for", async () => {
  const software = backend("webgpu", "f32", {
    availability: { available: true, detail: "llvmpipe", software: true },
  });
  const { backend: taken, skippedBackends } = await open([software, CPU]);
  assert.equal(taken, CPU);
  assert.equal(
    skippedBackends[0]!.refusal,
    "no GPU, only emulation by the processor: used only with backend webgpu",
  );
  const asked = await open([software, CPU], { backend: "webgpu" });
  assert.equal(asked.backend, software);
});

Deno.test("a selection tells a backend whether it was asked for", async () => {
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

Deno.test("a selection goes on when a backend fails to open", async () => {
  const failing = failingBackend(new BackendUnavailableError("device lost"));
  const { backend, skippedBackends } = await open([failing, CPU]);
  assert.equal(backend, CPU);
  assert.deepEqual(skippedBackends.map((it) => it.refusal), ["device lost"]);
});

Deno.test("a selection doesn't hide an error that isn't the backend's", async () => {
  const failing = failingBackend(new TypeError("corrupt"));
  await assert.rejects(open([failing, CPU]), TypeError);
});

Deno.test("a selection keeps to the device and precision that are asked for", async () => {
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

Deno.test("a selection lists the backends when none has the precision", async () => {
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

Deno.test("a selection passes over what exceeds the memory limit", async () => {
  const { backend } = await open([CPU, GPU], { memoryLimit: 250 * 2 ** 20 });
  assert.equal(backend, GPU);
});

Deno.test("a selection refuses with the numbers when nothing fits the memory limit", async () => {
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

Deno.test("a selection shows a memory limit as it was given", async () => {
  for (const memoryLimit of [0, 1000, 300 * 2 ** 20 - 1]) {
    await assert.rejects(open([CPU], { memoryLimit }), {
      name: "MemoryLimitError",
      message: new RegExp(
        `needs up to 314572800 bytes, the limit is ${memoryLimit} bytes$`,
      ),
    });
  }
});

Deno.test("a selection gives every backend's reason when none is available", async () => {
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

Deno.test("a selection says that no backend runs here before the model is known", async () => {
  const absent = { available: false, reason: "no adapter" } as const;
  const gpu = backend("webgpu", "f32", { availability: absent });
  const emulated = backend("webgpu", "f32", {
    availability: { available: true, detail: "llvmpipe", software: true },
  });
  const int8 = backend("wasm", "int8", { availability: absent });
  const assertAny = async (
    backends: readonly Backend[],
    request: BackendRequest = {},
  ) => {
    using selection = startSelection(request, backends);
    await selection.assertAny();
  };
  await assert.rejects(assertAny([gpu, emulated]), {
    name: "BackendUnavailableError",
    message: /webgpu f32: no adapter\n {2}webgpu f32: no GPU/,
  });
  await assertAny([gpu, emulated], { backend: "webgpu" });
  await assertAny([gpu, CPU], { memoryLimit: 1 });
  await assertAny([int8, gpu]);
});

Deno.test("a selection probes each backend once, the first before it is asked for anything", async () => {
  const log: string[] = [];
  const failing = logged(log, "gpu", {
    allocate: () => Promise.reject(new BackendUnavailableError("no memory")),
  });
  const cpu = logged(log, "cpu");
  using selection = startSelection({}, [failing, cpu]);
  assert.deepEqual(log, ["gpu probe"]);
  const graph = inceptionV3();
  assert.equal((await selection.allocate(graph, 10)).length, 10);
  const opened = await selection.open(NETWORK, graph);
  assert.equal(opened.report.backend, cpu);
  assert.deepEqual(opened.skippedBackends.map((it) => it.refusal), [
    "no memory",
  ]);
  assert.deepEqual(log, [
    ..."gpu probe, gpu reserve, gpu allocate, gpu dispose".split(", "),
    ..."cpu probe, cpu reserve, cpu allocate, cpu open".split(", "),
  ]);
});

Deno.test("a selection gives memory of its own where the backend gives none", async () => {
  using selection = startSelection({}, [CPU]);
  assert.equal((await selection.allocate(inceptionV3(), 7)).length, 7);
});

Deno.test("a selection goes on when the backend that gave the memory fails to open", async () => {
  const log: string[] = [];
  const gpu = logged(log, "gpu", {
    open: () => Promise.reject(new BackendUnavailableError("device lost")),
  });
  const cpu = logged(log, "cpu");
  using selection = startSelection({}, [gpu, cpu]);
  const graph = inceptionV3();
  await selection.allocate(graph, 10);
  const { report } = await selection.open(NETWORK, graph);
  assert.equal(report.backend, cpu);
  assert.deepEqual(log, [
    ..."gpu probe, gpu reserve, gpu allocate, gpu open, gpu dispose".split(
      ", ",
    ),
    ..."cpu probe, cpu reserve, cpu open".split(", "),
  ]);
});

Deno.test("a selection frees what it reserved, unless it was opened", async () => {
  const graph = inceptionV3();
  const other = inceptionV3();
  const cases: [string, (it: Selection) => Promise<unknown>, string][] = [
    ["is opened", (it) => it.open(NETWORK, graph), "open"],
    ["never comes", () => Promise.resolve(), "dispose"],
    [
      "is read again",
      (it) => it.allocate(graph, 10),
      "dispose, reserve, allocate, dispose",
    ],
    [
      "has another graph",
      (it) => it.open(NETWORK, other),
      "dispose, reserve, open",
    ],
  ];
  for (const [what, act, expected] of cases) {
    const log: string[] = [];
    {
      using selection = startSelection({}, [logged(log, "cpu")]);
      await selection.allocate(graph, 10);
      await act(selection);
    }
    assert.equal(
      log.join(", ").replaceAll("cpu ", ""),
      `probe, reserve, allocate, ${expected}`,
      `The network ${what}`,
    );
  }
});

/** The backends of these tests ignore it. */
const NETWORK = {} as Network;

async function open(
  backends: readonly Backend[],
  request: BackendRequest = {},
) {
  using selection = startSelection(request, backends);
  const opened = await selection.open(NETWORK, inceptionV3());
  return { ...opened.report, ...opened };
}

function failingBackend(error: Error): Backend {
  const reserve = () => ({ ...RESERVATION, open: () => Promise.reject(error) });
  return { ...GPU, reserve };
}

/** A backend that logs its calls. */
function logged(
  log: string[],
  name: string,
  steps: Partial<Reservation> = {},
): Backend {
  let isOpen = false;
  const write = (step: string) => void log.push(`${name} ${step}`);
  return {
    ...CPU,
    probe(isAsked) {
      write("probe");
      return CPU.probe(isAsked);
    },
    reserve(graph) {
      write("reserve");
      isOpen = false;
      return {
        async allocate(byteLength) {
          write("allocate");
          return await steps.allocate?.(byteLength) ??
            new Uint8Array(byteLength);
        },
        async open(network) {
          write("open");
          const { open } = { ...CPU.reserve(graph), ...steps };
          const session = await open(network);
          isOpen = true;
          return session;
        },
        [Symbol.dispose]() {
          if (!isOpen) write("dispose");
        },
      };
    },
  };
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
    reserve: () => RESERVATION,
  };
}

import assert from "node:assert/strict";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { gpuBytes, planGraph } from "../../../src/backends/webgpu/plan.ts";
import { webgpuInt8 } from "../../../src/backends/webgpu/webgpu_int8.ts";
import { BackendUnavailableError } from "../../../src/errors.ts";
import { load } from "../../../src/load.ts";
import { load as loadInt8 } from "../../../src/int8.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { fileOf, narrowNetwork } from "../simd/narrow_file.ts";
import { testGpu, TILE } from "./gpu.ts";
import { wholeWordNetwork } from "./whole_word_network.ts";

const network = await wholeWordNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const pixels = noise(75);

for (const activationBits of [8, 7] as const) {
  testGpu(
    `the GPU answers as the WASM engine does, in ${activationBits} bits`,
    async () => {
      const graph = inceptionV3({ ...network.architecture, variant: "low79" });
      const pixels = noise(79);
      using gpu = await webgpuInt8({ activationBits }).reserve(graph).open(
        network,
      );
      using engine = await wasmInt8({ activationBits }).reserve(graph).open(
        network,
      );
      for (
        const output of [
          "activations",
          "features",
          "logits",
          "probabilities",
        ] as const
      ) {
        const found = await gpu.run(pixels, output);
        const expected = await engine.run(pixels, output);
        assert.equal(found.length, expected.length);
        const most = Math.max(...expected);
        for (const [i, value] of expected.entries()) {
          const difference = Math.abs(found[i]! - value);
          assert.ok(difference <= most / 50, `${output} ${i}: ${difference}`);
        }
      }
    },
  );
}

testGpu("many runs at once give what each gives alone", async () => {
  using session = await webgpuInt8().reserve(graph).open(network);
  const images = Array.from({ length: 7 }, (_, i) => noise(75, i + 1));
  const alone = [];
  for (const image of images) alone.push(await session.run(image, "features"));
  const found = await Promise.all(
    images.map((image) => session.run(image, "features")),
  );
  assert.deepEqual(found, alone);
});

testGpu(
  "a file's weights are opened where they were placed, on a device that is ready",
  async () => {
    await using file = await fileOf(network);
    using classifier = await load(file.path, {
      backend: "webgpu",
      variant: 75,
    });
    const { device, precision } = classifier.backend;
    assert.deepEqual([device, precision], ["webgpu", "int8"]);
    using engine = await load(file.path, { backend: "wasm", variant: 75 });
    const image = { data: pixels, width: 75, height: 75 };
    const [found] = await classifier.classify(image);
    const [expected] = await engine.classify(image);
    assert.equal(found!.index, expected!.index);
    assert.ok(Math.abs(found!.probability - expected!.probability) < 0.01);
  },
);

testGpu("load() tells which pipelines are compiled, none first", async () => {
  await using file = await fileOf(network);
  for (const source of [file.path, network]) {
    const calls: (readonly [done: number, total: number])[] = [];
    using _classifier = await load(source, {
      backend: "webgpu",
      variant: 75,
      onCompile: (...call) => calls.push(call),
    });
    // Borders, convolutions, three pools and dense layers.
    const expected = [0, 1, 2, 3, 4, 5, 6].map((done) => [done, 6]);
    assert.deepEqual(calls, expected);
  }
});

testGpu("what onCompile throws ends the loading", async () => {
  for (const last of [0, 3, 6]) {
    const error = new Error("mine");
    await assert.rejects(
      load(network, {
        backend: "webgpu",
        variant: 75,
        onCompile(done) {
          if (done === last) throw error;
        },
      }),
      (thrown) => thrown === error,
    );
  }
});

Deno.test("the engine on WASM compiles nothing for a GPU", async () => {
  using classifier = await load(network, {
    variant: 75,
    onCompile: () => assert.fail("It is called"),
  });
  assert.equal(classifier.backend.device, "wasm");
});

testGpu(
  "the device of a reservation that isn't opened is destroyed",
  async () => {
    const { destroy } = GPUDevice.prototype;
    const destroyed = Promise.withResolvers<void>();
    GPUDevice.prototype.destroy = function () {
      destroy.call(this);
      destroyed.resolve();
    };
    try {
      const reservation = webgpuInt8().reserve(graph);
      assert.equal((await reservation.allocate!(10)).length, 10);
      reservation[Symbol.dispose]();
      await destroyed.promise;
    } finally {
      GPUDevice.prototype.destroy = destroy;
    }
  },
);

testGpu(
  "the entry without tfjs runs on the GPU when it is asked to",
  async () => {
    await using file = await fileOf(network);
    for (const backend of ["webgpu", "wasm", "auto"] as const) {
      using classifier = await loadInt8(file.path, { backend, variant: 75 });
      const expected = backend === "auto" ? "wasm" : backend;
      assert.equal(classifier.backend.device, expected);
    }
  },
);

testGpu(
  "what the GPU can't do in int8 goes on to tfjs, with the reason",
  async () => {
    const narrow = await narrowNetwork();
    using classifier = await load(narrow, { backend: "webgpu", variant: 75 });
    const { backend: { device, precision }, skippedBackends } = classifier;
    assert.deepEqual([device, precision], ["webgpu", "f32"]);
    assert.match(skippedBackends[0]!.refusal!, /"Mixed_.*" .* a multiple of 4/);
  },
);

testGpu("f32 weights are refused, with what to do", async () => {
  await assert.rejects(
    webgpuInt8().reserve(graph).open(await importModel()),
    (error) =>
      error instanceof BackendUnavailableError &&
      /totem convert/.test(error.message),
  );
});

testGpu(
  "denseWeights() gives the head's weights, and refuses other layers",
  async () => {
    using session = await webgpuInt8().reserve(graph).open(network);
    for (const name of ["Logits/hidden_1", "Logits"]) {
      assert.deepEqual(await session.denseWeights(name), network.weights(name));
    }
    await assert.rejects(session.denseWeights("Conv2d_1a_3x3"), {
      name: "ArgumentError",
    });
  },
);

testGpu(
  "a session refuses pixels of another size, unknown outputs, and runs after its end",
  async () => {
    const session = await webgpuInt8().reserve(graph).open(network);
    for (const length of [0, pixels.length - 1, pixels.length + 4]) {
      await assert.rejects(
        session.run(new Uint8Array(length), "features"),
        { name: "ArgumentError" },
      );
    }
    await assert.rejects(
      session.run(pixels, "auxLogits"),
      /"auxLogits". Should be one of: activations, features, logits, probabilities/,
    );
    session[Symbol.dispose]();
    session[Symbol.dispose]();
    await assert.rejects(session.run(pixels, "features"), {
      name: "DisposedError",
    });
  },
);

Deno.test("memory is that of the GPU, and that of the network that is kept", async () => {
  const graph = inceptionV3();
  const plan = planGraph(graph, 8, TILE);
  assert.equal(
    await webgpuInt8().memory(graph),
    gpuBytes(plan) + plan.modelBytes,
  );
});

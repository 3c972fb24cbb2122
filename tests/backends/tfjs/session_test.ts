import assert from "node:assert/strict";
import { tf } from "../../tfjs.ts";
import {
  tfjsWasm,
  tfjsWebgpu,
} from "../../../src/backends/tfjs/tfjs_backends.ts";
import {
  createWeightTensors,
  execute,
} from "../../../src/backends/tfjs/execute.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { randomF32Network } from "../../random_network.ts";
import { evaluate } from "../../reference.ts";
import { WEBGPU } from "../../webgpu.ts";
import { maxDifference, narrowNetwork, testSessions } from "./session_cases.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const pixels = noise(75);

const ARCHITECTURES: readonly Network["architecture"][] = [
  { countIncludePad: false },
  { countIncludePad: true },
  { lastPool: "max", pooling: "max", activation: "sigmoid" },
  { lastBlock: "Mixed_6a", pooling: "flatten", activation: "none" },
];
for (const changes of ARCHITECTURES) {
  Deno.test(`tfjs gives every activation of the scalar reference, with ${JSON.stringify(changes)}`, async () => {
    const network = randomF32Network(changes);
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    const expected = evaluate(network, graph, pixels);
    using _initialized = await tfjsWasm().reserve(graph).open(network);
    await tf.setBackend("wasm");
    const weights = createWeightTensors(tf, network, graph);
    const image = tf.tensor4d(
      Float32Array.from(expected.get("input")!.values),
      [1, 75, 75, 3],
    );
    const seen: string[] = [];
    const names = graph.nodes.map(({ name }) => name);
    const last = execute(
      tf,
      graph,
      weights,
      image,
      names.at(-1)!,
      ({ name }, activation) => {
        seen.push(name);
        const found = activation.dataSync();
        const { shape, values } = expected.get(name)!;
        assert.equal(found.length, shape[0] * shape[1] * shape[2], name);
        const difference = maxDifference(found, values);
        assert.ok(difference < 1e-4, `${name} differs by ${difference}`);
        return activation;
      },
    );
    assert.deepEqual(seen.sort(), names.sort());
    tf.dispose([
      image,
      last,
      ...[...weights.values()].flatMap((it) => [it.kernel, it.bias]),
    ]);
  });
}

// WebGPU's tests are in tests/long, since it is mostly emulated.
testSessions(tfjsWasm(), network, { ignore: false });

Deno.test({
  name: "sessions on several backends run at the same time",
  ignore: !WEBGPU,
  async fn() {
    using wasm = await tfjsWasm().reserve(graph).open(network);
    using webgpu = await tfjsWebgpu().reserve(graph).open(network);
    const alone = await wasm.run(pixels, "probabilities");
    const results = await Promise.all(
      [wasm, webgpu, wasm, webgpu, webgpu, wasm].map((session) =>
        session.run(pixels, "probabilities")
      ),
    );
    for (const result of results) {
      assert.ok(maxDifference(result, alone) < 1e-4);
    }
  },
});

Deno.test("backends are opened at the same time", async () => {
  const backends = [tfjsWasm(), ...WEBGPU ? [tfjsWebgpu()] : [], tfjsWasm()];
  const sessions = await Promise.all(
    backends.map((backend) => backend.reserve(graph).open(network)),
  );
  for (const session of sessions) {
    const probabilities = await session.run(pixels, "probabilities");
    assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    session[Symbol.dispose]();
  }
});

Deno.test("a session leaves tfjs's active backend as it was", async () => {
  await tf.setBackend("wasm");
  const active = WEBGPU ? tfjsWebgpu() : tfjsWasm();
  using session = await active.reserve(graph).open(network);
  assert.equal(tf.getBackend(), "wasm");
  await session.run(pixels, "probabilities");
  assert.equal(tf.getBackend(), "wasm");
});

Deno.test("a session rejects pixels of another size", async () => {
  using session = await tfjsWasm().reserve(graph).open(network);
  for (const length of [0, 75 * 75 * 3, 75 * 75 * 4 + 1]) {
    await assert.rejects(
      session.run(new Uint8Array(length), "logits"),
      /must be 75 x 75 x 4 bytes/,
    );
  }
});

Deno.test("a session rejects an output that its graph doesn't have", async () => {
  using session = await tfjsWasm().reserve(graph).open(network);
  await assert.rejects(
    session.run(pixels, "auxLogits"),
    /"auxLogits". Should be one of: activations, features, logits, probabilities/,
  );
});

Deno.test("denseWeights() gives the head's weights, and refuses other layers", async () => {
  using session = await tfjsWasm().reserve(graph).open(network);
  for (const name of ["Logits/hidden_1", "Logits"]) {
    const { kernel, bias } = await session.denseWeights(name);
    const expected = network.weights(name);
    assert.deepEqual({ kernel, bias }, {
      kernel: expected.kernel,
      bias: expected.bias,
    });
  }
  await assert.rejects(session.denseWeights("Conv2d_1a_3x3"), {
    name: "ArgumentError",
  });
});

Deno.test("a session rejects a run after its disposal", async () => {
  const session = await tfjsWasm().reserve(graph).open(network);
  session[Symbol.dispose]();
  await assert.rejects(session.run(pixels, "logits"), {
    name: "DisposedError",
    message: "Cannot run a model after its disposal",
  });
});

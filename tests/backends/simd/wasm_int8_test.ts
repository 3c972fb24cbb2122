import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  BackendUnavailableError,
  MemoryLimitError,
} from "../../../src/errors.ts";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { openSimulation } from "../../../src/backends/tfjs/observe.ts";
import { inceptionV3, inferShapes } from "../../../src/model/mod.ts";
import { load } from "../../../src/load.ts";
import { readInto } from "../../../src/weights/totem_file.ts";
import { writeNetwork } from "../../../src/weights/mod.ts";
import { cosine } from "../../cosine.ts";
import { importModel } from "../../layers_model.ts";
import { outputOf } from "../../output_of.ts";
import { noise } from "../../random.ts";
import { withPlainKernels } from "../../wasm_module.ts";
import { answer } from "./answer.ts";
import { fileOf, narrowNetwork } from "./narrow_file.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const pixels = noise(75);
for (const activationBits of [8, 7] as const) {
  for (const variant of ["low79", "full"] as const) {
    Deno.test(`the engine answers as the simulation of ${activationBits} bits says, ${variant}`, async () => {
      const graph = inceptionV3({ ...network.architecture, variant });
      const pixels = noise(graph.input[0]);
      // 8-bit activations on plain kernels: exact on every machine.
      const open = () =>
        wasmInt8({ activationBits }).reserve(graph).open(network);
      using session =
        await (activationBits === 8 ? withPlainKernels(open) : open());
      using simulation = await openSimulation(network, graph, activationBits);
      for (
        const output of [
          "activations",
          "features",
          "logits",
          "probabilities",
        ] as const
      ) {
        const found = await session.run(pixels, output);
        const expected = await simulation.run(pixels, output);
        // The simulation's sums are f32, so a code may differ by one now and then, which
        // counts most in the last activations: their ranges are wide.
        const least = output !== "activations"
          ? activationBits === 8 ? 0.9999 : 0.9995
          : activationBits === 8
          ? 0.998
          : 0.994;
        const likeness = cosine(found, expected);
        assert.ok(likeness > least, `${output}: ${likeness}`);
      }
    });
  }
}

Deno.test("the engine gives the same bytes with every build and number of threads", async () => {
  await using file = await fileOf(network);
  const expected = await answer(file.path, { activationBits: 7 });
  for (
    const request of [
      {},
      { threads: 2 },
      { threads: 3 },
      { threads: 2, threading: "throughput" as const },
    ]
  ) {
    const ask = () => answer(file.path, { ...request, activationBits: 7 });
    assert.equal(await ask(), expected, JSON.stringify(request));
    assert.equal(
      await withPlainKernels(ask),
      expected,
      JSON.stringify(request),
    );
  }
});

Deno.test("the engine gives the same bytes in 8 bits", async () => {
  await using file = await fileOf(network);
  const request = { activationBits: 8 } as const;
  assert.equal(
    await answer(file.path, request),
    await withPlainKernels(() => answer(file.path, request)),
  );
});

Deno.test("the engine gives the same bytes without VNNI, where auto is 7 bits", async () => {
  if (Deno.build.arch !== "x86_64") return;
  await using file = await fileOf(network);
  const asked = [7, 8, "auto"] as const;
  const { lines, stderr } = await runAnswers(Deno.execPath(), [
    "run",
    "--allow-read",
    "--v8-flags=--no-enable-avx-vnni,--no-enable-avx-vnni-int8",
    program,
    file.path,
    JSON.stringify(asked.map((activationBits) => ({ activationBits }))),
  ]);
  const [seven, eight] = [
    await answer(file.path, { activationBits: 7 }),
    await answer(file.path, { activationBits: 8 }),
  ];
  assert.deepEqual(lines, [seven, eight, seven], stderr);
});

Deno.test("the engine gives the same bytes in Node, also on threads", async () => {
  await using file = await fileOf(network);
  const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    await runAnswers(Deno.execPath(), [
      "bundle",
      "--quiet",
      "--output",
      bundle,
      program,
    ]);
    const expected = await answer(file.path, { activationBits: 7 });
    // Wide vectors need a fresh process, in which no kernels have been selected.
    for (
      const requests of [
        [
          { activationBits: 7 },
          { activationBits: 7, threads: 2 },
          { activationBits: 7, threads: 2, threading: "throughput" },
          { activationBits: 7, threads: "auto" },
        ],
        [
          { activationBits: 7, wideVectors: true },
          { activationBits: 7, threads: 2, wideVectors: true },
        ],
      ]
    ) {
      const { lines, stderr } = await runAnswers("node", [
        bundle,
        file.path,
        JSON.stringify(requests),
      ]);
      assert.deepEqual(lines, requests.map(() => expected), stderr);
    }
  } finally {
    await Deno.remove(bundle);
  }
});

Deno.test("a reservation gives memory whose weights aren't copied", async () => {
  const backend = wasmInt8();
  using reservation = backend.reserve(graph);
  const { stream } = writeNetwork(network);
  let memory: Uint8Array | undefined;
  const read = await readInto(stream, {
    allocate: async (_, byteLength) =>
      memory = await reservation.allocate!(byteLength),
  });
  const bytes = await backend.memory(graph);
  const rest = memory!.buffer.byteLength - bytes;
  assert.ok(rest >= 0 && rest < 2 ** 16, `${rest}`);
  const digest = () => memory!.subarray(-16);
  const before = digest().slice();
  using session = await reservation.open(read);
  // The old digest was where the tables are now, whose padding is zero.
  assert.ok(digest().every((it, i) => it === 0 || it !== before[i]));
  using copied = await backend.reserve(graph).open(network);
  // A second session of the same network has its own memory.
  using other = await backend.reserve(graph).open(read);
  using again = await reservation.open(read);
  const expected = await copied.run(pixels, "probabilities");
  for (const it of [session, other, again]) {
    assert.deepEqual(await it.run(pixels, "probabilities"), expected);
  }
});

Deno.test("sessions of several sizes don't disturb each other", async () => {
  const backend = wasmInt8();
  const large = inceptionV3({ ...network.architecture, variant: 96 });
  using one = await backend.reserve(graph).open(network);
  using two = await backend.reserve(large).open(network);
  const image = noise(96, 2);
  const before = await one.run(pixels, "features");
  const [a, b, c] = await Promise.all([
    one.run(pixels, "features"),
    two.run(image, "features"),
    one.run(pixels, "features"),
  ]);
  assert.deepEqual(a, before);
  assert.deepEqual(c, before);
  assert.notDeepEqual(b, before);
});

Deno.test("the mean of the activations is the features, also on threads and in the midst of other runs", async () => {
  const graph = inceptionV3({ ...network.architecture, variant: "full" });
  const [height, width, channels] = inferShapes(graph)
    .get(graph.outputs.activations!)!;
  const pixels = noise(299);
  for (const threads of [1, 3]) {
    using session = await wasmInt8({ threads }).reserve(graph).open(network);
    const [, activations, features] = await Promise.all([
      session.run(pixels, "probabilities"),
      session.run(pixels, "activations"),
      session.run(pixels, "features"),
    ]);
    assert.equal(activations.length, height * width * channels);
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let i = channel; i < activations.length; i += channels) {
        sum += activations[i]!;
      }
      const difference = sum / (height * width) - features[channel]!;
      assert.ok(Math.abs(difference) < 1e-5, `${channel}: ${difference}`);
    }
  }
});

Deno.test("denseWeights() gives the head's weights, and refuses other layers", async () => {
  using session = await wasmInt8().reserve(graph).open(network);
  assert.deepEqual(
    await session.denseWeights("Logits"),
    network.weights("Logits"),
  );
  await assert.rejects(session.denseWeights("Conv2d_1a_3x3"), {
    name: "ArgumentError",
  });
});

Deno.test("a network without classes gives no answers, but what they are made of", async () => {
  const headless = inceptionV3({
    ...network.architecture,
    classes: 0,
    variant: 75,
  });
  using session = await wasmInt8().reserve(headless).open(network);
  using whole = await wasmInt8().reserve(graph).open(network);
  assert.deepEqual(
    await session.run(pixels, "features"),
    await whole.run(pixels, "features"),
  );
  await assert.rejects(session.run(pixels, "logits"), {
    name: "ArgumentError",
    message:
      'Cannot run for the output "logits". Should be one of: activations, features',
  });
});

Deno.test("a session refuses pixels of another size, and runs after its end", async () => {
  const session = await wasmInt8().reserve(graph).open(network);
  for (const length of [0, pixels.length - 1, pixels.length + 4]) {
    await assert.rejects(
      session.run(new Uint8Array(length), "features"),
      { name: "ArgumentError" },
    );
  }
  session[Symbol.dispose]();
  session[Symbol.dispose]();
  await assert.rejects(session.run(pixels, "features"), {
    name: "DisposedError",
    message: "Cannot run a model after its disposal",
  });
});

Deno.test("the engine refuses f32 weights, and says what to do", async () => {
  await assert.rejects(
    wasmInt8().reserve(graph).open(await importModel()),
    (error) =>
      error instanceof BackendUnavailableError &&
      /totem convert/.test(error.message),
  );
});

for (const threads of [0, -1, 1.5, NaN, 65]) {
  Deno.test(`the engine refuses ${threads} threads`, async () => {
    await assert.rejects(wasmInt8({ threads }).reserve(graph).open(network), {
      name: "ArgumentError",
      message: /whole number of 1\.\.64: current value is/,
    });
  });
}

Deno.test("load() refuses wideVectors that aren't true or false", async () => {
  const options = { wideVectors: "yes" as unknown as boolean };
  await assert.rejects(load(network, options), {
    name: "ArgumentError",
    code: "invalid-argument",
    message:
      /as wideVectors must be one of true, false: current value is "yes"/,
  });
});

Deno.test("a memory limit is kept to the byte, before anything is read", async () => {
  await using file = await fileOf(network);
  const backend = wasmInt8();
  const memoryLimit = await backend.memory(graph);
  const options = { variant: 75, precision: "int8" } as const;
  {
    using classifier = await load(file.path, { ...options, memoryLimit });
    assert.equal(classifier.backend.precision, "int8");
  }
  let read = 0;
  await assert.rejects(
    load(file.path, {
      ...options,
      memoryLimit: memoryLimit - 1,
      onProgress: (done) => read = done,
    }),
    (error) =>
      error instanceof MemoryLimitError &&
      /needs up to \d+ bytes, the limit is \d+ bytes/.test(error.message),
  );
  assert.ok(read < 2 ** 19, "It has read the header's part alone");
});

Deno.test("auto takes the engine for every int8 model", async () => {
  await using file = await fileOf(network);
  using classifier = await load(file.path, { variant: 75 });
  assert.equal(classifier.backend.device, "wasm");
  assert.equal(classifier.backend.precision, "int8");
});

const program = fileURLToPath(new URL("print_answer.ts", import.meta.url));

async function runAnswers(command: string, args: readonly string[]) {
  const { stdout, stderr } = await outputOf(command, { args: [...args] });
  return { lines: stdout.trim().split("\n"), stderr };
}

import assert from "node:assert/strict";
import type { Backend } from "../src/backends/mod.ts";
import { listBackends } from "../src/backends/list_backends.ts";
import { assertQuantized } from "../src/backends/session_checks.ts";
import { wasmInt8 } from "../src/backends/simd/wasm_int8.ts";
import { loadWith } from "../src/load_with.ts";
import { load } from "../src/load.ts";
import type { QuantizedNetwork } from "../src/model/mod.ts";
import { fileStore, writeNetwork } from "../src/weights/mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { emptyServer } from "./empty_server.ts";
import { importModel } from "./layers_model.ts";
import { makeStateDict, saveStateDict } from "./torchvision_model.ts";

const network = await narrowNetwork();
const file = await bytesOf(network);

Deno.test("loadWith() asks a backend once, and has a file read into its memory", async () => {
  const log: string[] = [];
  using _ = await loadWith(() => [logged(log)], new Response(file), {
    variant: 75,
  });
  assert.deepEqual(log, [
    ..."probe, memory, reserve, allocate, open, dispose".split(", "),
  ]);
});

Deno.test("loadWith() allocates nothing for a network that is in memory, nor for f32 weights", async () => {
  const asked = "probe, memory, reserve, open, dispose".split(", ");
  const log: string[] = [];
  using _ = await loadWith(() => [logged(log)], network, { variant: 75 });
  assert.deepEqual(log.splice(0), asked);
  await assert.rejects(
    loadWith(() => [logged(log)], await importModel(), { variant: 75 }),
    { name: "BackendUnavailableError", message: /Cannot run f32 weights/ },
  );
  assert.deepEqual(log, asked);
});

Deno.test("loadWith() frees what it reserved for a file that is cut off, damaged or cancelled", async () => {
  const damaged = file.slice();
  damaged.fill(0x80, damaged.length >> 1);
  const endless = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(file.subarray(0, -1)),
  });
  const sources: [Response, string, AbortController?][] = [
    [new Response(file.subarray(0, -1)), "CorruptWeightsError"],
    [new Response(damaged), "CorruptWeightsError"],
    [new Response(endless), "AbortError", new AbortController()],
  ];
  for (const [source, name, controller] of sources) {
    const log: string[] = [];
    const backend = logged(log, () => controller?.abort());
    const { signal } = controller ?? {};
    await assert.rejects(
      loadWith(() => [backend], source, { variant: 75, signal }),
      { name },
    );
    assert.deepEqual(log, [
      ..."probe, memory, reserve, allocate, dispose".split(", "),
    ]);
  }
});

Deno.test("load() opens what took the place of a damaged file at its own size", async () => {
  const folder = await Deno.makeTempDir();
  let served = await bytesOf({ ...network, variant: "low79" });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url, headers }) =>
      /\/(classes|config)\.json$/.test(url)
        ? new Response(null, { status: 404 })
        : headers.has("if-none-match")
        ? new Response(null, { status: 304 })
        : new Response(served.slice(), { headers: { etag: '"1"' } }),
  );
  const { hostname, port } = server.addr;
  const address = `http://${hostname}:${port}/model.safetensors`;
  const store = fileStore(folder);
  try {
    using first = await load(address, { store });
    assert.deepEqual([first.size, first.precision], [79, "int8"]);
    const [kept] = await store.list();
    const path = `${folder}/${kept!.sha256}.safetensors`;
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeFile(path, served.fill(0x80, served.length >> 1));
    await Deno.utime(path, atime!, mtime!); // So that it isn't hashed.
    const { data } = await saveStateDict(makeStateDict());
    served = new Uint8Array(data.buffer as ArrayBuffer); // The whole file.
    using second = await load(address, { store });
    assert.deepEqual([second.size, second.precision], [299, "f32"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load() requests nothing where no backend runs, unless int8 on wasm may", async () => {
  await using server = emptyServer();
  const address = `${server.address}model.h5`;
  const tfjs = listBackends().filter((it) => it.precision === "f32");
  const missing = tfjs.map((it): Backend => ({
    ...it,
    probe: () => Promise.resolve({ available: false, reason: "not installed" }),
  }));
  for (
    const [list, name, isRequested] of [
      [missing, "BackendUnavailableError", false],
      [[...missing.slice(1), tfjs[1]!], "UnknownModelError", true],
      [[wasmInt8(), ...missing], "UnknownModelError", true],
    ] as const
  ) {
    const before = server.requests;
    await assert.rejects(loadWith(() => list, address, {}), { name });
    assert.equal(server.requests > before, isRequested);
  }
});

/** The engine, with a log of its calls. */
function logged(log: string[], onAllocated?: () => void): Backend {
  const engine = wasmInt8();
  return {
    ...engine,
    probe(isAsked) {
      log.push("probe");
      return engine.probe(isAsked);
    },
    memory(graph) {
      log.push("memory");
      return engine.memory(graph);
    },
    reserve(graph) {
      log.push("reserve");
      const reservation = engine.reserve(graph);
      let memory: Uint8Array | undefined;
      return {
        async allocate(byteLength) {
          log.push("allocate");
          memory = await reservation.allocate!(byteLength);
          setTimeout(() => onAllocated?.());
          return memory;
        },
        open(network) {
          log.push("open");
          if (memory !== undefined) {
            assertQuantized(network);
            const { weight } = network.quantized("Logits");
            assert.equal(weight.buffer, memory.buffer);
          }
          return reservation.open(network);
        },
        [Symbol.dispose]() {
          log.push("dispose");
          reservation[Symbol.dispose]();
        },
      };
    },
  };
}

async function bytesOf(network: QuantizedNetwork) {
  const { stream } = writeNetwork(network);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

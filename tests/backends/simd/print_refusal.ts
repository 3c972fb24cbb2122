/**
 * Prints the probe's result for two threads, and whether an image runs: in a runtime
 * that refuses threads, or one that is disguised to do so.
 */
import process from "node:process";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { openFile } from "../../../src/io/open_file.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { streamFile } from "../../../src/weights/file_stream.ts";
import { readNetwork } from "../../../src/weights/totem_file.ts";
import { noise } from "../../random.ts";

const DISGUISES: Record<string, () => Record<string, unknown>> = {
  "none": () => ({}),
  "a policy without blob:": () => ({
    crossOriginIsolated: true,
    Worker: RefusedWorker,
  }),
  "a page whose workers never start": () => ({
    crossOriginIsolated: true,
    Worker: SilentWorker,
    setTimeout: (run: () => void) => setTimeout(run, 0),
  }),
  "a worker in Firefox": () => ({
    crossOriginIsolated: true,
    WorkerGlobalScope: class {},
    // Its source looks like a browser's native code.
    Worker: RefusedWorker.bind(null),
    navigator: { userAgent: "Gecko/20100101 Firefox/153.0" },
  }),
  "not isolated": () => ({
    crossOriginIsolated: false,
    SharedArrayBuffer: undefined,
  }),
  "isolated, without shared memory": () => ({
    crossOriginIsolated: true,
    SharedArrayBuffer: undefined,
  }),
  "Node's modules without workers": () => {
    process.getBuiltinModule = () => undefined!;
    return { Worker: undefined };
  },
};

const { setTimeout } = globalThis;
let tries = 0;

/** Like in browsers, the constructor returns, and an event reports the error later. */
class RefusedWorker {
  onerror?: (event: Event) => void;
  constructor() {
    tries++;
    queueMicrotask(() => this.onerror?.(new Event("error")));
  }
  postMessage() {}
  terminate() {}
}

class SilentWorker {
  constructor() {
    tries++;
  }
  postMessage() {}
  terminate() {}
}

const [, , path, disguise] = process.argv;
// A disguise may remove the means to read files.
const file = (await openFile(path!))!;
const network = await readNetwork(streamFile(file.read, file.close));
for (const [name, value] of Object.entries(DISGUISES[disguise!]!())) {
  // Assigning to Deno's navigator has no effect.
  Object.defineProperty(globalThis, name, { value, writable: true });
}
const probes = [];
for (const threading of ["latency", "throughput"] as const) {
  const backend = wasmInt8({ threads: 2, threading });
  const probe = await backend.probe(false);
  if (!probe.available) throw new Error(probe.reason);
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  // Not `using`, which Node 20 doesn't support.
  const session = await backend.reserve(graph).open(network);
  const features = await session.run(noise(75), "features");
  session[Symbol.dispose]();
  probes.push({
    detail: probe.detail,
    features: Array.from(features),
  });
}
console.log(JSON.stringify({ probes, tries }));

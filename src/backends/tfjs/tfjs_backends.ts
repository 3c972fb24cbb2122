import { cost } from "../../model/cost.ts";
import type { Graph } from "../../model/graph.ts";
import type { Backend, Reservation } from "../backend.ts";
import { probeWebgpu } from "../webgpu/probe.ts";
import { foundTfjs, type TfjsPackages, VERSION } from "./packages.ts";
import { adviceForFiles, findWasmFolder, WASM_PACKAGE } from "./wasm_files.ts";

/** f32 on tfjs's WebGPU backend. */
export function tfjsWebgpu(packages = foundTfjs): Backend {
  return {
    device: "webgpu",
    precision: "f32",
    probe: probeWebgpu,
    memory(graph) {
      const { parameters, activationBytes } = cost(graph);
      // The weights once more until they are on the GPU; tfjs keeps the buffers
      // of all activations for the next image.
      return Promise.resolve(2 * 4 * parameters + activationBytes);
    },
    reserve: (graph) => reserveTfjs("webgpu", graph, packages),
  };
}

/**
 * The maximum by which Emscripten's allocator grows a heap beyond the required size.
 */
const LARGEST_GROWTH = 96 * 2 ** 20;

/** The size of the empty heap. */
const FIRST_HEAP = 16 * 2 ** 20;

/**
 * f32 on tfjs's WASM backend, which uses XNNPACK.
 *
 * @param folder As for {@linkcode findWasmFolder}. Required in pages without an import
 * map.
 */
export function tfjsWasm(
  folder?: string | URL,
  packages = foundTfjs,
): Backend {
  return {
    device: "wasm",
    precision: "f32",
    probe() {
      const isFound = findWasmFolder(folder) !== null;
      const reason = typeof WebAssembly === "undefined"
        ? "this runtime has no WebAssembly"
        : !isFound && typeof Deno === "undefined"
        ? `the files of ${WASM_PACKAGE} are not found: ${
          adviceForFiles(packages)
        }`
        : null;
      const detail = `tfjs ${VERSION} with XNNPACK`;
      return Promise.resolve(
        reason !== null ? { available: false, reason } : {
          available: true,
          detail: isFound ? detail : `${detail}, downloaded on first use`,
        },
      );
    },
    memory(graph) {
      const { parameters, activationBytes } = cost(graph);
      // The weights, XNNPACK's packed copy of them with its channels padded, and
      // what is live of the activations with their indirection buffers.
      return Promise.resolve(
        FIRST_HEAP + LARGEST_GROWTH + 2.25 * 4 * parameters +
          activationBytes / 2,
      );
    },
    reserve: (graph) => reserveTfjs("wasm", graph, packages, folder),
  };
}

/** tfjs is loaded when the network is opened. */
function reserveTfjs(
  backend: "wasm" | "webgpu",
  graph: Graph,
  packages: TfjsPackages,
  wasmFolder?: string | URL,
): Reservation {
  return {
    async open(network) {
      const { loadTfjs, openSession } = await import("./session.ts");
      const tf = await loadTfjs(backend, packages, wasmFolder);
      return openSession(tf, backend, network, graph);
    },
    [Symbol.dispose]() {},
  };
}

import type { Graph } from "../../model/graph.ts";
import type { Reservation } from "../backend.ts";
import type { TfjsPackages } from "./packages.ts";

/**
 * The reservation of a tfjs backend, which is loaded when the network is opened.
 *
 * @param wasmFolder The folder of the `.wasm` files, for `"wasm"`.
 */
export function reserveTfjs(
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

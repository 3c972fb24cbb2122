/**
 * f32 on tfjs's WebGPU backend.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import { cost } from "../../model/cost.ts";
import type { Backend } from "../backend.ts";
import { probeWebgpu } from "../webgpu/probe.ts";
import type { Tfjs } from "./execute.ts";
import { foundTfjs } from "./packages.ts";

/** The f32 backend for machines with a GPU. */
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
    reserve: (graph) => ({
      async open(network) {
        const tf = await loadTfjsWebgpu(packages);
        const { openSession } = await import("./tfjs_session.ts");
        return openSession(tf, "webgpu", network, graph);
      },
      [Symbol.dispose]() {},
    }),
  };
}

/**
 * tfjs, with its WebGPU backend initialised.
 *
 * @throws {BackendUnavailableError} When it can't be initialised.
 */
export async function loadTfjsWebgpu(packages = foundTfjs): Promise<Tfjs> {
  const { importPackage, initialize } = await import("./tfjs_session.ts");
  const tf = await initialize(
    "webgpu",
    packages,
    () => importPackage(packages.webgpu),
  );
  if (tf !== null) return tf;
  throw new BackendUnavailableError(
    "Cannot initialise WebGPU as no adapter gives a device that tfjs can use",
  );
}

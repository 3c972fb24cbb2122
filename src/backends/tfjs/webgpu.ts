import { cost } from "../../model/cost.ts";
import type { Backend } from "../backend.ts";
import { probeWebgpu } from "../webgpu/probe.ts";
import { foundTfjs } from "./packages.ts";
import { reserveTfjs } from "./reserve.ts";

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

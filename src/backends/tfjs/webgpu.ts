/**
 * f32 on tfjs's WebGPU backend.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import { cost } from "../../model/cost.ts";
import type { Availability, Backend } from "../backend.ts";
import { mayHaveGpu } from "./gpu_device.ts";
import { initialize } from "./initialize.ts";
import { openSession } from "./session.ts";

/** The f32 backend for machines with a GPU. */
export function tfjsWebgpu(): Backend {
  return {
    device: "webgpu",
    precision: "f32",
    probe: probeWebgpu,
    memory(graph) {
      const { parameters, activationBytes } = cost(graph);
      // The weights once more until they are on the GPU; tfjs keeps the buffers
      // of all activations for the next image.
      return 2 * 4 * parameters + activationBytes;
    },
    async open(network, graph) {
      const tf = await initialize("webgpu", async () => {
        await import("@tensorflow/tfjs-backend-webgpu");
      });
      if (tf === null) {
        throw new BackendUnavailableError(
          "Cannot initialise WebGPU as the adapter gives no device that tfjs can use",
        );
      }
      return openSession(tf, "webgpu", network, graph);
    },
  };
}

/** The part of WebGPU that is asked, as not every runtime's types have it. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
  };
}

/** Vulkan and Direct3D on the processor, for adapters that don't say so. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/** Asks for a WebGPU adapter. */
async function probeWebgpu(asked: boolean): Promise<Availability> {
  const gpu = (globalThis.navigator as { readonly gpu?: Gpu } | undefined)?.gpu;
  if (gpu === undefined) {
    return { available: false, reason: "this runtime has no WebGPU" };
  }
  if (!asked && !mayHaveGpu()) {
    return {
      available: false,
      reason: "no GPU: the processor's emulation is used only when asked for",
    };
  }
  let adapter: Adapter | null;
  try {
    adapter = await gpu.requestAdapter();
  } catch (error) {
    return { available: false, reason: `WebGPU fails: ${error}` };
  }
  if (adapter === null) {
    return { available: false, reason: "WebGPU finds no adapter" };
  }
  const { info } = adapter;
  const detail = info?.description ||
    `${info?.vendor ?? ""} ${info?.architecture ?? ""}`.trim() ||
    "an adapter that doesn't name itself";
  const software = info?.isFallbackAdapter || adapter.isFallbackAdapter ||
    SOFTWARE.test(detail);
  return { available: true, detail, software };
}

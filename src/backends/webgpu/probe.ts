/**
 * Whether there is WebGPU here, and what it runs on.
 *
 * @module
 */
import type { Availability } from "../backend.ts";
import { mayHaveGpu } from "./gpu_device.ts";

/** Vulkan and Direct3D on the processor, for adapters that don't say so. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/**
 * Asks for a WebGPU adapter.
 *
 * @param isAsked As for `probe` of a backend.
 */
export async function probeWebgpu(isAsked: boolean): Promise<Availability> {
  const gpu = findGpu();
  if (gpu === undefined) {
    return { available: false, reason: "this runtime has no WebGPU" };
  }
  if (!isAsked && !mayHaveGpu()) {
    return {
      available: false,
      reason: "no GPU: the processor's emulation is used only when asked for",
    };
  }
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter();
  } catch (error) {
    return { available: false, reason: `WebGPU fails: ${error}` };
  }
  if (adapter === null) {
    return { available: false, reason: "WebGPU finds no adapter" };
  }
  return {
    available: true,
    detail: describe(adapter),
    software: isSoftware(adapter),
  };
}

/** WebGPU, where this runtime has it: Node has none. */
export function findGpu(): GPU | undefined {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
}

/** Whether the processor emulates it. */
export function isSoftware(adapter: GPUAdapter): boolean {
  // Where browsers had it before `info` did.
  const { isFallbackAdapter } = adapter as { isFallbackAdapter?: boolean };
  return adapter.info?.isFallbackAdapter || isFallbackAdapter ||
    SOFTWARE.test(describe(adapter));
}

/** What an adapter is, for people to read. */
function describe({ info }: GPUAdapter): string {
  return info?.description ||
    `${info?.vendor ?? ""} ${info?.architecture ?? ""}`.trim() ||
    "an adapter that doesn't name itself";
}

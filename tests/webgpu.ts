import { probeWebgpu } from "../src/backends/webgpu/probe.ts";

/**
 * Tests don't use OpenGL, for which Deno requests adapters in addition to Vulkan: its
 * library can make a process end with "double free or corruption" after all tests have
 * passed. See docs/architecture/kernels.md.
 */
if (Deno.build.os === "linux") {
  Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan");
}

/** Whether a WebGPU adapter is available, including software adapters. */
export const WEBGPU: boolean = (await probeWebgpu(true)).available;

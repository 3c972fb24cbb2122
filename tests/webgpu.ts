import { probeWebgpu } from "../src/backends/webgpu/probe.ts";

/**
 * Tests do without OpenGL, of which Deno asks for adapters as well as of Vulkan: by
 * its library a process may end in "double free or corruption" when all tests have
 * passed. See docs/architecture/kernels.md.
 */
if (Deno.build.os === "linux") {
  Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan");
}

/** Whether there is a WebGPU adapter here, be it in software. */
export const WEBGPU: boolean = (await probeWebgpu(true)).available;

import { probeWebgpu } from "../src/backends/webgpu/probe.ts";

/** Whether there is a WebGPU adapter here, be it in software. */
export const WEBGPU: boolean = (await probeWebgpu(true)).available;

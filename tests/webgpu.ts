import { tfjsWebgpu } from "../src/backends/tfjs/webgpu.ts";

/** Whether there is a WebGPU adapter here, be it in software. */
export const WEBGPU: boolean = (await tfjsWebgpu().probe(true)).available;

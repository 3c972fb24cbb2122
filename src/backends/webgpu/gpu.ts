/**
 * The code that runs int8 on a GPU, as one chunk of a bundle.
 *
 * @module
 */
export { findAdapter, openGpu, tileFor } from "./device.ts";
export { gpuBytes, planGraph } from "./plan.ts";
export { openSession } from "./session.ts";

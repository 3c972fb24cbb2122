/**
 * What TypeScript must know of the kernels: `deno task build` describes it in
 * `../modules/shared.ts`.
 */
export { PixelKind } from "./expand";
export { REACH } from "./inflate";
export { FIXED_BYTES } from "./memory";
export { Status } from "./status";

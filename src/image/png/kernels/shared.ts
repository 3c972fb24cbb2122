/**
 * The exports that `deno task build` describes for TypeScript in
 * `../modules/shared.ts`.
 */
export { PixelKind } from "./expand";
export { REACH } from "./inflate";
export { FIXED_BYTES } from "./memory";
export { Status } from "./status";

/**
 * How a network is computed: the backends, what each needs, and the choice
 * between them.
 *
 * @example Which backends run here
 * ```ts
 * import { judge, listBackends } from "@totem/inception/backends";
 * import { inceptionV3 } from "@totem/inception/model";
 *
 * for (const backend of listBackends()) {
 *   const { refusal } = await judge(backend, inceptionV3());
 *   console.log(backend.device, backend.precision, refusal ?? "fits");
 * }
 * ```
 *
 * @module
 */
export * from "./backend.ts";
export * from "./list_backends.ts";
export * from "./select.ts";
export type { EngineRequest } from "./simd/engine.ts";
export type { KernelModules } from "./simd/kernels.ts";
export * from "./wasm_features.ts";
export type * from "../model/mod.ts";

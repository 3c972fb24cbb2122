/**
 * The backends that run a network: what each needs, and which of them run on this
 * machine.
 *
 * @example Which backends run here
 * ```ts
 * import { checkBackend, listBackends } from "@totem/inception/backends";
 * import { inceptionV3 } from "@totem/inception/model";
 *
 * for (const backend of listBackends()) {
 *   const { refusal } = await checkBackend(backend, inceptionV3());
 *   console.log(backend.device, backend.precision, refusal ?? "fits");
 * }
 * ```
 *
 * @module
 */
export type {
  Availability,
  Backend,
  Device,
  OutputName,
  Precision,
  Reservation,
  Session,
} from "./backend.ts";
export { listBackends } from "./list_backends.ts";
export type { BackendRequest } from "./backend_request.ts";
export {
  backendName,
  type BackendReport,
  checkBackend,
} from "./check_backend.ts";
export type { EngineRequest } from "./simd/engine.ts";
export type { WebgpuRequest } from "./webgpu/webgpu_int8.ts";
export type { TfjsPackages } from "./tfjs/packages.ts";
export { type WasmFeatures, wasmFeatures } from "./wasm_features.ts";

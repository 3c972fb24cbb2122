import { assertOptions } from "../argument.ts";
import type { Backend } from "./backend.ts";
import { BACKEND_OPTIONS, type BackendRequest } from "./backend_request.ts";
import { wasmInt8 } from "./simd/wasm_int8.ts";
import { foundTfjs, type TfjsPackages } from "./tfjs/packages.ts";
import { tfjsWasm, tfjsWebgpu } from "./tfjs/tfjs_backends.ts";
import { webgpuInt8 } from "./webgpu/webgpu_int8.ts";

/**
 * Lists all backends, in the order in which `auto` tries them.
 *
 * @param tfjs Imports tfjs, which runs f32; unless given, tfjs is looked up on demand.
 * @throws {ArgumentError} When an option of the request is unknown.
 */
export function listBackends(
  request: BackendRequest = {},
  tfjs: TfjsPackages = foundTfjs,
): readonly Backend[] {
  assertOptions("list backends", request, BACKEND_OPTIONS);
  return [
    wasmInt8(request),
    webgpuInt8(request),
    tfjsWebgpu(tfjs),
    tfjsWasm(request.tfjsWasmFolder, tfjs),
  ];
}

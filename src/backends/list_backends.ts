import type { Backend } from "./backend.ts";
import type { BackendRequest } from "./select.ts";
import { wasmInt8 } from "./simd/wasm_int8.ts";
import { tfjsWasm } from "./tfjs/wasm.ts";
import { tfjsWebgpu } from "./tfjs/webgpu.ts";
import { webgpuInt8 } from "./webgpu/webgpu_int8.ts";

/** All backends, in the order in which `auto` asks them. */
export function listBackends(request: BackendRequest = {}): readonly Backend[] {
  return [
    wasmInt8(request),
    webgpuInt8(request),
    tfjsWebgpu(),
    tfjsWasm(request.tfjsWasmFolder),
  ];
}

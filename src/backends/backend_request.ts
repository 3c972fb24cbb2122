import {
  assertArgument,
  assertChoice,
  assertFunctions,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import type { Backend, Device, Precision } from "./backend.ts";
import {
  assertEngineRequest,
  ENGINE_OPTIONS,
  type EngineRequest,
} from "./simd/engine.ts";
import type { WebgpuRequest } from "./webgpu/webgpu_int8.ts";
import { resolveWasmFolder } from "./tfjs/wasm_files.ts";

/** Options that choose and set up a backend. */
export interface BackendRequest extends EngineRequest, WebgpuRequest {
  /** The device to run on; `"auto"` unless given, the first that runs here. */
  readonly backend?: Device | "auto" | undefined;
  /**
   * The number format of the computation; `"auto"` unless given: int8 if the weights
   * and this machine allow it, otherwise f32.
   */
  readonly precision?: Precision | "auto" | undefined;
  /**
   * The maximum memory for the model and one image, in bytes; no limit unless given.
   */
  readonly memoryLimit?: number | undefined;
  /**
   * The folder of the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, needed only in
   * pages without an import map: a URL, which can be relative to the page, or a path.
   */
  readonly tfjsWasmFolder?: string | URL | undefined;
}

export const BACKEND_OPTIONS: OptionNames<BackendRequest> = {
  ...ENGINE_OPTIONS,
  backend: true,
  precision: true,
  memoryLimit: true,
  tfjsWasmFolder: true,
  onCompile: true,
};

/** @throws {ArgumentError} When an option isn't valid. */
export function assertBackendRequest(
  action: string,
  request: BackendRequest,
): void {
  const { backend, precision, memoryLimit, tfjsWasmFolder } = request;
  assertChoice(action, "backend", backend, ["wasm", "webgpu", "auto"]);
  assertChoice(action, "precision", precision, ["int8", "f32", "auto"]);
  assertEngineRequest(request);
  assertFunctions(action, request, ["onCompile"]);
  assertArgument(
    memoryLimit === undefined || isNumber(memoryLimit, (it) => it >= 0),
    `${action} as memoryLimit must be a number of bytes >= 0`,
    memoryLimit,
  );
  if (tfjsWasmFolder !== undefined) resolveWasmFolder(action, tfjsWasmFolder);
}

/**
 * The backends with the device and precision of the request, in their order.
 *
 * @throws {ArgumentError} When an option isn't valid, or no backend matches.
 */
export function matchingBackends(
  request: BackendRequest,
  backends: readonly Backend[],
): readonly Backend[] {
  const { backend = "auto", precision = "auto" } = request;
  assertBackendRequest("load a model", request);
  const matching = backends.filter((it) =>
    ["auto", it.device].includes(backend) &&
    ["auto", it.precision].includes(precision)
  );
  if (matching.length > 0) return matching;
  const pairs = backends.map((it) => `"${it.device}" with "${it.precision}"`)
    .join(", ");
  throw new ArgumentError(
    `Cannot load a model with backend "${backend}" and precision "${precision}". Should be one of: ${pairs}`,
  );
}

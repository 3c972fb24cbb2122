/**
 * The options that choose and set up a backend.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
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
import { resolveWasmFolder } from "./tfjs/wasm_files.ts";

/** Options that choose and set up a backend. */
export interface BackendRequest extends EngineRequest {
  /** The device to run on; `"auto"` unless given. */
  readonly backend?: Device | "auto" | undefined;
  /**
   * What to compute in; `"auto"` unless given: the first that runs the weights here, int8
   * before f32.
   */
  readonly precision?: Precision | "auto" | undefined;
  /** The most bytes that running one image may take; no limit unless given. */
  readonly memoryLimit?: number | undefined;
  /**
   * The folder of the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, for pages
   * without an import map; elsewhere it is found. An address, in a page also a relative
   * one, or a path.
   */
  readonly tfjsWasmFolder?: string | URL | undefined;
}

/** All of {@linkcode BackendRequest}. */
export const BACKEND_OPTIONS: OptionNames<BackendRequest> = {
  ...ENGINE_OPTIONS,
  backend: true,
  precision: true,
  memoryLimit: true,
  tfjsWasmFolder: true,
};

/** @throws {ArgumentError} When an option isn't valid, or no backend matches. */
export function assertRequest(
  request: BackendRequest,
  backends: readonly Backend[],
): void {
  const { memoryLimit, tfjsWasmFolder } = request;
  const { backend = "auto", precision = "auto" } = request;
  const cannot = "load a model";
  assertChoice(cannot, "backend", backend, ["wasm", "webgpu", "auto"]);
  assertChoice(cannot, "precision", precision, ["int8", "f32", "auto"]);
  assertEngineRequest(request);
  assertArgument(
    memoryLimit === undefined || isNumber(memoryLimit, (it) => it >= 0),
    "load a model as memoryLimit must be a number of bytes >= 0",
    memoryLimit,
  );
  if (tfjsWasmFolder !== undefined) {
    resolveWasmFolder("load a model", tfjsWasmFolder);
  }
  if (matchingBackends(request, backends).length > 0) return;
  const pairs = backends.map((it) => `"${it.device}" with "${it.precision}"`);
  throw new ArgumentError(
    `Cannot load a model with backend "${backend}" and precision "${precision}". Should be one of: ${
      pairs.join(", ")
    }`,
  );
}

/** The backends with the device and precision of the request, in their order. */
export function matchingBackends(
  { backend, precision }: BackendRequest,
  backends: readonly Backend[],
): readonly Backend[] {
  return backends.filter((it) =>
    matches(it.device, backend) && matches(it.precision, precision)
  );
}

function matches<T>(value: T, asked: T | "auto" | undefined): boolean {
  return asked === undefined || asked === "auto" || asked === value;
}

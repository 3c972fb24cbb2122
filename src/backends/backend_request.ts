/**
 * What is asked of the backends, and which of them it leaves.
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
import { resolveWasmFolder } from "./tfjs/wasm_folder.ts";

/** What is asked of a backend. */
export interface BackendRequest extends EngineRequest {
  /** Where to compute; `"auto"` unless given. */
  readonly backend?: Device | "auto" | undefined;
  /**
   * What to compute with: `"int8"`, `"f32"`, or `"auto"`, unless given: the first that
   * runs the weights here, int8 before f32.
   */
  readonly precision?: Precision | "auto" | undefined;
  /** The bytes that running one image may take; no limit unless given. */
  readonly memoryLimit?: number | undefined;
  /**
   * The folder of `@tensorflow/tfjs-backend-wasm`'s `.wasm` files, where it can't
   * be found: in a page without an import map. An address, which a page may write
   * relative to its own, or a path where there are files.
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

/** @throws {ArgumentError} When something is asked that no backend has. */
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
  if (candidatesOf(request, backends).length > 0) return;
  const pairs = backends.map((it) => `"${it.device}" with "${it.precision}"`);
  throw new ArgumentError(
    `Cannot load a model with backend "${backend}" and precision "${precision}". Should be one of: ${
      pairs.join(", ")
    }`,
  );
}

/** The backends that have the device and the precision that are asked for. */
export function candidatesOf(
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

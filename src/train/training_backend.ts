import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import type { Tfjs } from "../backends/tfjs/types.ts";
import type { TfjsPackages } from "../backends/tfjs/packages.ts";
import { ArgumentError } from "../errors.ts";

/** A backend of tfjs on which a network can be trained. */
export type TrainingBackend = "wasm" | "webgpu" | "cpu";

const BACKENDS: readonly TrainingBackend[] = ["wasm", "webgpu", "cpu"];

/**
 * tfjs, with the backend initialised.
 *
 * @throws {ArgumentError} When there is no backend of that name.
 * @throws {BackendUnavailableError} When it can't be initialised here.
 */
export async function loadTrainingBackend(
  backend: TrainingBackend,
  packages?: TfjsPackages,
): Promise<Tfjs> {
  if (BACKENDS.includes(backend)) return await loadTfjs(backend, packages);
  throw new ArgumentError(
    `Unknown backend "${backend}". Should be one of: ${BACKENDS.join(", ")}`,
  );
}

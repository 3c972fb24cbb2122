import { loadTfjsCpu } from "../backends/tfjs/cpu.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import type { TfjsPackages } from "../backends/tfjs/packages.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import { loadTfjsWebgpu } from "../backends/tfjs/webgpu.ts";
import { ArgumentError } from "../errors.ts";

/** A backend of tfjs on which a network can be trained. */
export type TrainingBackend = "wasm" | "webgpu" | "cpu";

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
  switch (backend) {
    case "wasm":
      return await loadTfjsWasm(undefined, packages);
    case "webgpu":
      return await loadTfjsWebgpu(packages);
    case "cpu":
      return await loadTfjsCpu(packages);
    default:
      throw new ArgumentError(
        `Unknown backend "${backend}". Should be one of: wasm, webgpu, cpu`,
      );
  }
}

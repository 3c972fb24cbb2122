import { wasmInt8 } from "../backends/simd/wasm_int8.ts";
import type { Classifier } from "../classifier.ts";
import { loadWith } from "../load_with.ts";
import type { PlannedModel } from "./plan.ts";

/** Options for loading a run's model. */
export interface LoadExactOptions
  extends Pick<PlannedModel, "variant" | "activationBits"> {
  readonly threads?: number | "auto" | undefined;
  readonly threading?: "latency" | "throughput" | undefined;
  readonly wideVectors?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Loads a Totem file as int8 on WASM, whose answers are bit-identical on every machine. */
export async function loadExact(
  file: Uint8Array,
  options: LoadExactOptions,
): Promise<Classifier> {
  return await loadWith((request) => [wasmInt8(request)], file, options);
}

import { wasmFeatures } from "../backends/wasm_features.ts";
import { compileEmbedded } from "../embedded_module.ts";
import { BackendUnavailableError } from "../errors.ts";

/** What the kernels export; see `kernels/`. */
export interface SearchKernels {
  scan(
    query: number,
    vectors: number,
    scales: number,
    width: number,
    count: number,
    least: number,
    found: number,
  ): number;
  hasHighBits(bytes: number, length: number): number;
}

/** The modules as text, each loaded where it runs. */
const EMBEDDED = {
  relaxed: () => import("./modules/search_relaxed.ts"),
  plain: () => import("./modules/search_plain.ts"),
} as const;

let compiled: WebAssembly.Module | undefined;

/**
 * The kernels on `memory`.
 *
 * @throws {BackendUnavailableError} When this runtime has no SIMD, or doesn't
 * compile WebAssembly from bytes.
 */
export async function instantiateKernels(
  memory: WebAssembly.Memory,
): Promise<SearchKernels> {
  compiled ??= await compile();
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return exports as unknown as SearchKernels;
}

async function compile(): Promise<WebAssembly.Module> {
  const { simd, relaxedSimd } = wasmFeatures();
  if (!simd) {
    throw new BackendUnavailableError(
      "Cannot search as this runtime has no WebAssembly SIMD",
    );
  }
  const { BASE64 } = await EMBEDDED[relaxedSimd ? "relaxed" : "plain"]();
  try {
    return await compileEmbedded(BASE64);
  } catch (cause) {
    throw new BackendUnavailableError(
      "Cannot search as this runtime doesn't compile WebAssembly from bytes",
      { cause },
    );
  }
}

import { BackendUnavailableError } from "../errors.ts";
import {
  handInHint,
  type LoadEmbedded,
  wasmModule,
  type WasmModuleName,
} from "../runtime/wasm_modules.ts";

/**
 * @param load Imports what `deno task build` made; used unless a module is handed in.
 * @throws {BackendUnavailableError} When they can't be loaded or compiled.
 */
export async function kernelModule(
  name: WasmModuleName,
  load: LoadEmbedded,
): Promise<WebAssembly.Module> {
  try {
    return await wasmModule(name, load);
  } catch (cause) {
    throw new BackendUnavailableError(
      `Cannot load the kernels of ${name}.wasm: ${handInHint(name, cause)}`,
      { cause },
    );
  }
}

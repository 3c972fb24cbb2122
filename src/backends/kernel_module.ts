import { BackendUnavailableError } from "../errors.ts";
import {
  handInHint,
  type LoadEmbedded,
  wasmModule,
  type WasmModuleName,
} from "../runtime/wasm_modules.ts";

/**
 * @param load Imports the output of `deno task build`; used unless a module was
 * provided.
 * @throws {BackendUnavailableError} When the kernels can't be loaded or compiled.
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

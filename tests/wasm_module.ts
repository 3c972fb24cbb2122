import {
  setWasmModules,
  type WasmModuleName,
} from "../src/runtime/wasm_modules.ts";

/** The modules of this project: that of HEIC is another's. */
type OwnName = Exclude<WasmModuleName, "heic">;

/** The folders in `src` that have modules, in those of this name. */
const FOLDERS: Readonly<Record<OwnName, string>> = {
  relaxed: "backends/simd",
  plain: "backends/simd",
  relaxed_threads: "backends/simd",
  plain_threads: "backends/simd",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  avif: "image/avif",
  search_relaxed: "search",
  search_plain: "search",
};

/** The names of all modules. */
export const WASM_MODULE_NAMES = Object.keys(FOLDERS) as OwnName[];

/** A module, compiled from its file. */
export async function wasmModule(
  name: OwnName,
): Promise<WebAssembly.Module> {
  const path = `../src/${FOLDERS[name]}/modules/${name}.wasm`;
  return await WebAssembly.compile(
    await Deno.readFile(new URL(path, import.meta.url)),
  );
}

/** Does what `action` does with the kernels that need no relaxed SIMD. */
export async function withPlainKernels<T>(
  action: () => Promise<T>,
): Promise<T> {
  setWasmModules({
    plain: await wasmModule("plain"),
    plain_threads: await wasmModule("plain_threads"),
  });
  try {
    return await action();
  } finally {
    setWasmModules({ plain: undefined, plain_threads: undefined });
  }
}

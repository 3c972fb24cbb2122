import {
  setWasmModules,
  type WasmModuleName,
} from "../src/runtime/wasm_modules.ts";

/** The modules built by this project; the HEIC decoder is third-party. */
type OwnName = Exclude<WasmModuleName, "heic">;

/** The folder in `src` of each module. */
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

/** Compiles a module from its file. */
export async function wasmModule(
  name: OwnName,
): Promise<WebAssembly.Module> {
  const path = `../src/${FOLDERS[name]}/modules/${name}.wasm`;
  return await WebAssembly.compile(
    await Deno.readFile(new URL(path, import.meta.url)),
  );
}

/** Runs `action` with the kernels that need no relaxed SIMD. */
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

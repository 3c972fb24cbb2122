import { toUrl } from "../../io/address.ts";
import { assertArgument } from "../../argument.ts";
import { addressOf } from "../../runtime/packages.ts";
import { foundTfjs, installTfjs, type TfjsPackages } from "./packages.ts";

export const WASM_PACKAGE = "@tensorflow/tfjs-backend-wasm";

/** The file that Emscripten loads with SIMD but without threads. */
export const WASM_FILE = "tfjs-backend-wasm-simd.wasm";

/**
 * The folder of the files, or null if it isn't found.
 *
 * @param folder Unless given, it is looked up in Deno's cache, `node_modules` or the
 * import map of the page.
 * @throws {ArgumentError} When `folder` isn't an address or a path.
 */
export function findWasmFolder(folder: string | URL | undefined): URL | null {
  if (folder !== undefined) return resolveWasmFolder("run f32", folder);
  try {
    const address = import.meta.resolve(
      `${addressOf(WASM_PACKAGE)}/wasm-out/${WASM_FILE}`,
    );
    return /^(file|https?):/.test(address) ? new URL(".", address) : null;
  } catch {
    return null; // Neither Node nor a page's import map knows it.
  }
}

/** The address of a folder, with a slash at its end; checks the option. */
export function resolveWasmFolder(action: string, folder: string | URL): URL {
  let url: URL | undefined;
  if (typeof folder === "string" || folder instanceof URL) {
    try {
      url = toUrl(`${folder}`.replace(/\/*$/, "/"));
    } catch {
      // Reported below.
    }
  }
  assertArgument(
    url !== undefined,
    `${action} as tfjsWasmFolder must be an address or a path`,
    folder,
  );
  return url!;
}

/** How to make the files available, outside Deno. */
export function adviceForFiles(packages: TfjsPackages): string {
  const give = "give the address of their folder as tfjsWasmFolder";
  return installTfjs(WASM_PACKAGE) ??
    (packages === foundTfjs
      ? `import load from @totem/inception/f32, which bundlers follow, and ${give}`
      : give);
}

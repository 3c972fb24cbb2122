/**
 * f32 on tfjs's WASM backend, through XNNPACK.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import { cost } from "../../model/cost.ts";
import type { Backend } from "../backend.ts";
import type { Tfjs } from "./execute.ts";
import {
  addressOf,
  foundTfjs,
  installCommand,
  type TfjsPackages,
  VERSION,
} from "./packages.ts";
import { resolveWasmFolder } from "./wasm_folder.ts";

const PACKAGE = "@tensorflow/tfjs-backend-wasm";
const SIMD = "tfjs-backend-wasm-simd.wasm";

/** What Emscripten's allocator may grow a heap by at once, beyond the need. */
const LARGEST_GROWTH = 96 * 2 ** 20;

/** The size of the heap when it is empty. */
const FIRST_HEAP = 16 * 2 ** 20;

/**
 * The f32 backend for machines without a GPU.
 *
 * @param folder Where the package's `.wasm` files are. They are found in Deno's
 * cache and in `node_modules`; a page without an import map must give it.
 * @param packages Where tfjs comes from.
 */
export function tfjsWasm(
  folder?: string | URL,
  packages = foundTfjs,
): Backend {
  return {
    device: "wasm",
    precision: "f32",
    probe() {
      const located = locate(folder) !== null;
      const reason = typeof WebAssembly === "undefined"
        ? "this runtime has no WebAssembly"
        : !located && typeof Deno === "undefined"
        ? `the files of ${PACKAGE} are not found: ${adviceForFiles(packages)}`
        : null;
      const detail = `tfjs ${VERSION} with XNNPACK`;
      return Promise.resolve(
        reason !== null
          ? { available: false, reason }
          : located
          ? { available: true, detail }
          : { available: true, detail: `${detail}, which is to be downloaded` },
      );
    },
    memory(graph) {
      const { parameters, activationBytes } = cost(graph);
      // The weights, XNNPACK's packed copy of them with its channels padded, and
      // what is live of the activations with their indirection buffers.
      return Promise.resolve(
        FIRST_HEAP + LARGEST_GROWTH + 2.25 * 4 * parameters +
          activationBytes / 2,
      );
    },
    reserve: (graph) => ({
      async open(network) {
        const tf = await loadTfjsWasm(folder, packages);
        const { openSession } = await import("./tfjs_session.ts");
        return openSession(tf, "wasm", network, graph);
      },
      [Symbol.dispose]() {},
    }),
  };
}

/**
 * tfjs, with its WASM backend initialised.
 *
 * @param folder As for {@linkcode tfjsWasm}.
 * @param packages Where tfjs comes from.
 * @throws {BackendUnavailableError} When it can't be initialised.
 */
export async function loadTfjsWasm(
  folder?: string | URL,
  packages = foundTfjs,
): Promise<Tfjs> {
  const { assertFile, importPackage, initialize } = await import(
    "./tfjs_session.ts"
  );
  const tf = await initialize("wasm", packages, async () => {
    const wasm = await importPackage(packages.wasm) as {
      setWasmPaths(folder: string): void;
    };
    // Where Deno has downloaded nothing, it finds the files only now.
    const address = locate(folder);
    if (address === null) {
      throw new BackendUnavailableError(`Cannot find ${PACKAGE}'s files`);
    }
    await assertFile(new URL(SIMD, address));
    wasm.setWasmPaths(address.href);
  });
  if (tf !== null) return tf;
  throw new BackendUnavailableError(
    `Cannot initialise ${PACKAGE} with the files in ${locate(folder)}`,
  );
}

/** How to make the package's files be found, outside of Deno. */
export function adviceForFiles(packages: TfjsPackages): string {
  const give = "give the address of their folder as tfjsWasmFolder";
  return installCommand(PACKAGE) ??
    (packages === foundTfjs
      ? `import load from @totem/inception/f32, which bundlers follow, and ${give}`
      : give);
}

/** The folder of the package's `.wasm` files. */
function locate(folder: string | URL | undefined): URL | null {
  if (folder !== undefined) return resolveWasmFolder("run f32", folder);
  try {
    const address = import.meta.resolve(
      `${addressOf(PACKAGE)}/wasm-out/${SIMD}`,
    );
    return /^(file|https?):/.test(address) ? new URL(".", address) : null;
  } catch {
    return null; // Neither Node nor a page's import map knows it.
  }
}

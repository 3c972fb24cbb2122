/**
 * f32 on tfjs's WASM backend, through XNNPACK.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import { cost } from "../../model/cost.ts";
import type { Backend } from "../backend.ts";
import type { Tfjs } from "./execute.ts";
import { initialize } from "./initialize.ts";
import { openSession } from "./session.ts";

const PACKAGE = "@tensorflow/tfjs-backend-wasm";
const VERSION = "4.22.0";
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
 */
export function tfjsWasm(folder?: string | URL): Backend {
  return {
    device: "wasm",
    precision: "f32",
    probe() {
      const reason = typeof WebAssembly === "undefined"
        ? "this runtime has no WebAssembly"
        : locate(folder) === null
        ? `the files of ${PACKAGE} are not found: give their address`
        : null;
      return Promise.resolve(
        reason === null
          ? { available: true, detail: `tfjs ${VERSION} with XNNPACK` }
          : { available: false, reason },
      );
    },
    memory(graph) {
      const { parameters, activationBytes } = cost(graph);
      // The weights, XNNPACK's packed copy of them with its channels padded, and
      // what is live of the activations with their indirection buffers.
      return FIRST_HEAP + LARGEST_GROWTH + 2.25 * 4 * parameters +
        activationBytes / 2;
    },
    async open(network, graph) {
      return openSession(await loadTfjsWasm(folder), "wasm", network, graph);
    },
  };
}

/**
 * tfjs, with its WASM backend initialised.
 *
 * @param folder As for {@linkcode tfjsWasm}.
 * @throws {BackendUnavailableError} When it can't be initialised.
 */
export async function loadTfjsWasm(folder?: string | URL): Promise<Tfjs> {
  const address = locate(folder);
  if (address !== null) await expectFile(new URL(SIMD, address));
  const tf = address && await initialize("wasm", async () => {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(address.href);
  });
  if (tf !== null) return tf;
  throw new BackendUnavailableError(
    `Cannot initialise ${PACKAGE} with the files in ${address}`,
  );
}

/** Emscripten says less of a missing file or permission, and says it late. */
async function expectFile(file: URL): Promise<void> {
  if (file.protocol !== "file:") return;
  const { stat } = process.getBuiltinModule("node:fs/promises");
  try {
    await stat(file);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ENOENT") throw cause;
    throw new BackendUnavailableError(`Cannot find ${PACKAGE}'s ${file}`, {
      cause,
    });
  }
}

/** The folder of the package's `.wasm` files. */
function locate(folder: string | URL | undefined): URL | null {
  if (folder !== undefined) return new URL(`${folder}`.replace(/\/*$/, "/"));
  // Deno's cache first, then whatever resolves bare names: Deno's or a page's
  // import map, Node.
  for (const name of [`npm:${PACKAGE}@${VERSION}`, PACKAGE]) {
    try {
      const address = import.meta.resolve(
        `${name}/wasm-out/${SIMD}`,
      );
      if (/^(file|https?):/.test(address)) return new URL(".", address);
    } catch {
      // This runtime doesn't know such names.
    }
  }
  return null;
}

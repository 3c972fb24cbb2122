import { BackendUnavailableError } from "../../errors.ts";
import { nestedWorkersHang } from "../../runtime/nested_workers.ts";
import { foundTfjs, type TfjsPackages } from "./packages.ts";
import type { Tfjs } from "./types.ts";
import { findWasmFolder, WASM_FILE, WASM_PACKAGE } from "./wasm_files.ts";

/** A backend of tfjs. `cpu` is plain JavaScript, the slowest: it needs no files or GPU. */
export type TfjsBackend = "wasm" | "webgpu" | "cpu";

/** tfjs forgets a backend that is being initialised when another one starts. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Imports tfjs and initialises a backend. The one that was active stays active.
 *
 * @param wasmFolder As for {@linkcode findWasmFolder}.
 * @throws {BackendUnavailableError} When a package or a file isn't found, or the backend
 * can't be initialised.
 */
export async function loadTfjs(
  backend: TfjsBackend,
  packages: TfjsPackages = foundTfjs,
  wasmFolder?: string | URL,
): Promise<Tfjs> {
  const loading = last.catch(() => {})
    .then(() => initialize(backend, packages, wasmFolder));
  last = loading;
  const tf = await loading;
  if (tf !== null) return tf;
  const what = {
    wasm: `${WASM_PACKAGE} with the files in ${findWasmFolder(wasmFolder)}`,
    webgpu: "WebGPU as no adapter gives a device that tfjs can use",
    cpu: "tfjs's CPU backend",
  }[backend];
  throw new BackendUnavailableError(`Cannot initialise ${what}`);
}

/** Returns null when tfjs can't initialise the backend. */
async function initialize(
  backend: TfjsBackend,
  packages: TfjsPackages,
  wasmFolder: string | URL | undefined,
): Promise<Tfjs | null> {
  const tf = await importPackage(packages.core) as Tfjs;
  if (backend in tf.engine().registry) return tf;
  const module = await importPackage(packages[backend]);
  if (backend === "wasm") await setWasmFolder(module, wasmFolder);
  if (backend === "wasm" && nestedWorkersHang()) {
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  }
  if (!(backend in tf.engine().registryFactory)) return null;
  const previous = tf.getBackend();
  const quiet = tf.env().get("PROD");
  tf.env().set("PROD", true); // Failures are thrown here rather than logged.
  try {
    if (!await tf.setBackend(backend)) return null;
    tf.scalar(0).dispose(); // At its first tensor, "cpu" logs a hint about faster backends.
    return tf;
  } finally {
    tf.env().set("PROD", quiet);
    if (previous) await tf.setBackend(previous);
  }
}

async function importPackage(load: () => Promise<unknown>): Promise<unknown> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof BackendUnavailableError) throw cause;
    const why = cause instanceof Error ? cause.message : cause;
    throw new BackendUnavailableError(
      `Cannot load tfjs, on which f32 runs: ${why}`,
      { cause },
    );
  }
}

async function setWasmFolder(
  module: unknown,
  wasmFolder: string | URL | undefined,
): Promise<void> {
  // Where Deno has just downloaded the package, its files are found only now.
  const folder = findWasmFolder(wasmFolder);
  if (folder === null) {
    throw new BackendUnavailableError(`Cannot find ${WASM_PACKAGE}'s files`);
  }
  await assertFile(new URL(WASM_FILE, folder));
  (module as { setWasmPaths(folder: string): void }).setWasmPaths(folder.href);
}

/** Emscripten's own error for a missing file or permission is late and vague. */
async function assertFile(file: URL): Promise<void> {
  if (file.protocol !== "file:") return;
  const { stat } = process.getBuiltinModule("node:fs/promises");
  try {
    await stat(file);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ENOENT") throw cause;
    throw new BackendUnavailableError(`Cannot find tfjs's ${file}`, { cause });
  }
}

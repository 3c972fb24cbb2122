/**
 * Loads tfjs and initialises one of its backends.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import type { Tfjs } from "./execute.ts";
import type { TfjsPackages } from "./packages.ts";

/** tfjs forgets a backend that is being initialised when another one starts. */
let last: Promise<unknown> = Promise.resolve();

/**
 * tfjs, with its backend `name` initialised and whatever was active before
 * still active; `null` where tfjs can't initialise it.
 *
 * @param packages Where tfjs comes from.
 * @param register Imports the backend's package, and says where its files are.
 * @throws {BackendUnavailableError} When a package isn't found.
 */
export function initialize(
  name: string,
  packages: TfjsPackages,
  register: () => Promise<unknown>,
): Promise<Tfjs | null> {
  const next = last.catch(() => {}).then(async () => {
    const tf = await importPackage(packages.core) as Tfjs;
    if (name in tf.engine().registry) return tf;
    await register();
    if (!(name in tf.engine().registryFactory)) return null;
    const previous = tf.getBackend();
    const quiet = tf.env().get("PROD");
    tf.env().set("PROD", true); // A failure is ours to report, not to be logged.
    try {
      if (!await tf.setBackend(name)) return null;
      tf.scalar(0).dispose(); // At its first tensor "cpu" logs what is faster.
      return tf;
    } finally {
      tf.env().set("PROD", quiet);
      if (previous) await tf.setBackend(previous);
    }
  });
  last = next;
  return next;
}

/**
 * Imports a package.
 *
 * @throws {BackendUnavailableError} When that fails: of a bundle, say, whose part
 * can't be fetched.
 */
export async function importPackage(
  load: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof BackendUnavailableError) throw cause;
    throw new BackendUnavailableError(
      `Cannot load tfjs, on which f32 runs: ${
        cause instanceof Error ? cause.message : cause
      }`,
      { cause },
    );
  }
}

/**
 * Emscripten says less about a missing file or permission, and says it late.
 *
 * @throws {BackendUnavailableError} When there is no such file.
 */
export async function assertFile(file: URL): Promise<void> {
  if (file.protocol !== "file:") return;
  const { stat } = process.getBuiltinModule("node:fs/promises");
  try {
    await stat(file);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ENOENT") throw cause;
    throw new BackendUnavailableError(`Cannot find tfjs's ${file}`, {
      cause,
    });
  }
}

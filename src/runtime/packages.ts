/**
 * Optional npm packages, resolved on first use: Deno downloads them, Node finds them in
 * `node_modules`, and a page in its import map.
 *
 * @module
 */
import { PackageUnavailableError } from "../errors.ts";
import { lastWords } from "../text/last_words.ts";
import { type Runtime, runtimeOf } from "./environment.ts";

/** The version of all tfjs packages. */
const TFJS = "4.22.0";

/** The version of each package. */
export const PACKAGES = {
  "@tensorflow/tfjs-core": TFJS,
  "@tensorflow/tfjs-backend-cpu": TFJS,
  "@tensorflow/tfjs-backend-wasm": TFJS,
  "@tensorflow/tfjs-backend-webgpu": TFJS,
  aws4fetch: "1.0.20",
  bullmq: "6.7.0",
  // The version that hyparquet-writer requires.
  hyparquet: "1.31.5",
  "hyparquet-compressors": "1.1.2",
  "hyparquet-writer": "0.17.0",
  "libheif-js": "1.23.2",
  pg: "8.23.1",
  redis: "6.3.1",
} as const;

/** The name of an optional package. */
export type PackageName = keyof typeof PACKAGES;

/**
 * Imports a package.
 *
 * @param purpose Its purpose, for the error: `"to read Parquet"`.
 * @param others Packages that must be installed with it. The error names them, too.
 * @param file A file in it, with a leading slash; the main one unless given.
 * @returns Its module, of the type `T`.
 * @throws {PackageUnavailableError} When it isn't installed or can't be downloaded.
 */
export async function importPackage<T>(
  name: PackageName,
  purpose: string,
  others: readonly PackageName[] = [],
  file = "",
): Promise<T> {
  // Not a literal, or Deno and bundlers would include the package.
  const specifier = addressOf(name) + file;
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier);
  } catch (cause) {
    // A missing Deno permission has its own error.
    if (cause instanceof Error && cause.name === "NotCapable") throw cause;
    const command = installCommand([name, ...others]);
    throw new PackageUnavailableError(
      `Cannot load ${specifier}, which is needed ${purpose}: ${
        command ?? downloadFault(cause)
      }`,
      { cause },
    );
  }
}

/**
 * The reason why Deno couldn't import a package, as one line. Deno's message has several.
 */
export function downloadFault(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : `${cause}`;
  const fault = text.trim().split(/\n\s*/).at(-1)!
    .replace(/^\d+: /, "")
    .replace(/\.$/, "");
  return `it can't be loaded from npm (${
    lastWords(fault)
  }). Check the network, and HTTPS_PROXY if that is set`;
}

/** The specifier of a package in this runtime. */
export function addressOf(
  name: PackageName,
  runtime: Runtime = runtimeOf(),
): string {
  return runtime === "deno" ? `npm:${name}@${PACKAGES[name]}` : name;
}

/** The command to install packages, or null if the user doesn't install them. */
export function installCommand(
  names: readonly PackageName[],
  runtime: Runtime = runtimeOf(),
): string | null {
  return runtime === "node"
    ? `npm install ${
      names.map((it) => `${it}@${PACKAGES[it]}`).join(" ")
    }, with -g if Totem was installed with -g`
    : null;
}

/**
 * Packages of npm whose files are read and not run.
 *
 * @module
 */
import { readVariable } from "../environment.ts";
import { CorruptWeightsError } from "../errors.ts";
import { shownSource } from "../address.ts";
import { download } from "./store/download.ts";
import type { DownloadOptions } from "./store/store.ts";
import { fileStore } from "./store/file_store.ts";
import { unpack } from "./tar.ts";

/** A package as its lock has it. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Of its archive: `sha512-` and the hash in base64. */
  readonly integrity: string;
  /** The most bytes that its archive has, and that its files have together. */
  readonly limit: number;
}

/** How a package is fetched. */
export type FetchPackageOptions = Omit<DownloadOptions, "limit" | "sha256">;

const REGISTRY = "https://registry.npmjs.org";

/** As npm reads them. */
const REGISTRY_VARIABLES = ["npm_config_registry", "NPM_CONFIG_REGISTRY"];

/**
 * Files of a package from the registry, whose archive has the right hash. A download
 * that broke goes on the next time; the archive isn't kept.
 *
 * @param names In the package, such as `dist/index.js`.
 * @throws {UnknownModelError} When the registry can't be reached, or doesn't have it.
 * @throws {CorruptWeightsError} When its hash is another, or a file isn't in it.
 * @throws {AbortedError} When the signal fires.
 */
export async function fetchPackage(
  { name, version, integrity, limit }: NpmPackage,
  names: readonly string[],
  options: FetchPackageOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const url = new URL(`${await registry()}/${name}/-/${name}-${version}.tgz`);
  const archive = await fetchArchive(url, { ...options, limit });
  const hash = await crypto.subtle.digest("SHA-512", archive);
  const found = `sha512-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
  if (found !== integrity) {
    throw new CorruptWeightsError(
      `Cannot use ${
        shownSource(url)
      } as its integrity must be ${integrity}: it is ${found}`,
    );
  }
  const inArchive = (name: string) => `package/${name}`;
  const files = await unpack(archive, names.map(inArchive), limit);
  return new Map(names.map((name) => [name, files.get(inArchive(name))!]));
}

/** An archive, which isn't kept. */
async function fetchArchive(
  url: URL,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const read = async (options: DownloadOptions) => {
    const file = await download(url, options);
    return new Uint8Array(await new Response(file.stream()).arrayBuffer());
  };
  try {
    return await read(options);
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    // Another process may have finished with the same file, and removed it.
    return await read({ ...options, store: fileStore(undefined) });
  } finally {
    // The next download may be of another archive, with another hash.
    await options.store.remove(url.href).catch(() => {});
  }
}

/** The address of the registry, without a slash at its end. */
export async function registry(): Promise<string> {
  for (const name of REGISTRY_VARIABLES) {
    const address = await readVariable(name);
    if (address && /^https?:/.test(address) && URL.canParse(address)) {
      return address.replace(/\/+$/, "");
    }
  }
  return REGISTRY;
}

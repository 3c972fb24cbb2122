import { readVariable } from "../runtime/environment.ts";
import { hashOf } from "../runtime/web_crypto.ts";
import { CorruptWeightsError } from "../errors.ts";
import { displaySource } from "../io/address.ts";
import { download } from "./store/download.ts";
import type { DownloadOptions } from "./store/store.ts";
import { fileStore } from "./store/file_store.ts";
import { unpack } from "./tar.ts";

/** A package and its entry in a lock file. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-` followed by its archive's hash in base64. */
  readonly integrity: string;
  /** Maximum size of its archive, and of all its files, in bytes. */
  readonly limit: number;
}

const REGISTRY = "https://registry.npmjs.org";

/** The environment variables that npm reads. */
const REGISTRY_VARIABLES = ["npm_config_registry", "NPM_CONFIG_REGISTRY"];

/**
 * Downloads files of a package from the registry, without running them. An interrupted
 * download resumes the next time. The archive isn't kept.
 *
 * @param names Paths in the package, such as `dist/index.js`.
 */
export async function fetchPackage(
  { name, version, integrity, limit }: NpmPackage,
  names: readonly string[],
  options: Omit<DownloadOptions, "limit" | "sha256">,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const url = new URL(`${await registry()}/${name}/-/${name}-${version}.tgz`);
  const archive = await fetchArchive(url, { ...options, limit });
  const hash = await hashOf("SHA-512", archive);
  const found = `sha512-${btoa(String.fromCharCode(...hash))}`;
  if (found !== integrity) {
    throw new CorruptWeightsError(
      `Cannot use ${
        displaySource(url)
      } as its integrity must be ${integrity}: it is ${found}`,
    );
  }
  const inArchive = (name: string) => `package/${name}`;
  const files = await unpack(archive, names.map(inArchive), limit);
  return new Map(names.map((name) => [name, files.get(inArchive(name))!]));
}

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

/** The address of the registry, without a trailing slash. */
export async function registry(): Promise<string> {
  for (const name of REGISTRY_VARIABLES) {
    const address = await readVariable(name);
    if (address && /^https?:/.test(address) && URL.canParse(address)) {
      return address.replace(/\/+$/, "");
    }
  }
  return REGISTRY;
}

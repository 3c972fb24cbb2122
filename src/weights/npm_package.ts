import { readVariable } from "../runtime/environment.ts";
import { assertWebCrypto, hashOf } from "../runtime/web_crypto.ts";
import { throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError } from "../errors.ts";
import { displaySource } from "../io/address.ts";
import { receiveFile, type ReceiveOptions } from "./store/receive_file.ts";
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
  options: Omit<ReceiveOptions, "limit">,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const url = new URL(`${await registry()}/${name}/-/${name}-${version}.tgz`);
  const archive = await fetchArchive(url, integrity, { ...options, limit });
  const inArchive = (name: string) => `package/${name}`;
  const files = await unpack(archive, names.map(inArchive), limit);
  return new Map(names.map((name) => [name, files.get(inArchive(name))!]));
}

async function fetchArchive(
  url: URL,
  integrity: string,
  options: ReceiveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  assertWebCrypto(`download ${displaySource(url)}`);
  throwIfAborted(options.signal);
  const read = async (options: ReceiveOptions) => {
    // Not every registry sends an ETag or a date.
    const file = await receiveFile(url, options, { isHashKnown: true });
    const bytes = await new Response(file.stream()).arrayBuffer();
    const archive = new Uint8Array(bytes);
    await assertIntegrity(url, archive, integrity);
    return archive;
  };
  try {
    return await read(options);
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    // Another process may have finished with the same file, and removed it. Or the
    // start, from an interrupted download, doesn't belong to the rest.
    return await read({ ...options, store: fileStore(undefined) });
  } finally {
    // The next download may be of another archive, with another hash.
    await options.store.remove(url.href).catch(() => {});
  }
}

async function assertIntegrity(
  url: URL,
  archive: Uint8Array,
  integrity: string,
): Promise<void> {
  const hash = await hashOf("SHA-512", archive);
  const found = `sha512-${btoa(String.fromCharCode(...hash))}`;
  if (found === integrity) return;
  throw new CorruptWeightsError(
    `Cannot use ${
      displaySource(url)
    } as its integrity must be ${integrity}: it is ${found}`,
  );
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

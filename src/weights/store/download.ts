import { displaySource } from "../../io/address.ts";
import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertSignal,
  isNumber,
  type OptionNames,
} from "../../argument.ts";
import { throwIfAborted } from "../../async/abort.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { assertWebCrypto } from "../../runtime/web_crypto.ts";
import { assertSha256, ownStore } from "./create_store.ts";
import { receiveFile } from "./receive_file.ts";
import { readRecord } from "./records.ts";
import type { DownloadOptions, StoredFile, StoreRecord } from "./store.ts";

const DOWNLOAD_OPTIONS: OptionNames<DownloadOptions> = {
  store: true,
  limit: true,
  sha256: true,
  signal: true,
  maxSilence: true,
  onProgress: true,
};

/**
 * Downloads a file into a store, or takes it from there. An interrupted download
 * continues where it stopped, if the server still has the same file.
 *
 * The URL is the file's reference in the store. `download` doesn't check that the file
 * is a model: if it isn't, remove the reference.
 *
 * @param address The file's URL, absolute, with at most 8192 characters.
 * @throws {UnknownModelError} When there is no such file, or the connection breaks.
 * @throws {CryptoUnavailableError} In a page that is neither on `https:` nor on
 * localhost.
 * @throws {CorruptWeightsError} When the hash is wrong, or the file is longer than the
 * limit or than the server said. The downloaded bytes are deleted.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When an option or `address` isn't valid.
 *
 * @example
 * ```ts
 * import { download, fileStore } from "@totem/inception/weights";
 * const store = fileStore("store");
 * const file = await download("https://example.org/model.safetensors", {
 *   store,
 *   limit: 100e6,
 * });
 * console.log(file.size, file.sha256);
 * ```
 */
export async function download(
  address: string | URL,
  options: DownloadOptions,
): Promise<StoredFile> {
  assertOptions("download", options, DOWNLOAD_OPTIONS);
  const { store, sha256, signal, limit } = options;
  assertArgument(
    isNumber(limit, (it) => it >= 1),
    "download as limit must be a number of bytes >= 1",
    limit,
  );
  const { storage } = ownStore("download", store);
  assertSignal("download", signal);
  assertFunctions("download", options, ["onProgress"]);
  assertArgument(
    URL.canParse(address),
    "download as the address must be absolute and well-formed",
    address,
  );
  const url = new URL(address);
  url.hash = "";
  if (sha256 !== undefined) assertSha256(sha256);
  throwIfAborted(signal);
  assertWebCrypto(
    `download ${displaySource(url)}`,
    ". load() takes the address without keeping the file",
  );

  const pin = await readRecord(storage, url.href);
  const expected = sha256 ?? pin?.sha256;
  if (expected !== undefined && expected === pin?.sha256) {
    const file = await store.get(url.href);
    if (file) return file;
  }
  return await receiveFile(url, options, {
    isHashKnown: expected !== undefined,
    async check(found) {
      // Another process may have been first in the meantime.
      const record = pin ?? await readRecord(storage, url.href);
      if (found === (sha256 ?? record?.sha256 ?? found)) return;
      throw mismatch(url, found, sha256, record);
    },
  });
}

function mismatch(
  url: URL,
  found: string,
  sha256: string | undefined,
  record: StoreRecord | undefined,
): CorruptWeightsError {
  const name = displaySource(url);
  return new CorruptWeightsError(
    sha256 !== undefined
      ? `Cannot use ${name} as its SHA-256 must be ${sha256}: it is ${found}. What came is deleted`
      : `Cannot use ${name} as its SHA-256 must be ${record?.sha256}, as it was on its first download (${record?.at}): it is ${found}. What came is deleted. If the publisher has changed the file and you trust it, remove ${
        name === url.href ? `"${name}"` : "this address, its query with it,"
      } from the store to accept it`,
  );
}

/**
 * Receives a file into a store. An interrupted download leaves a partial file, which
 * the next one continues.
 *
 * A partial file is named by the hash of its address, the time it began and a random
 * number. Its validator is stored next to it: the ETag or date that shows whether the
 * server's file is still the same. Each partial file has one writer. Another download
 * copies it and removes it, even if its writer is still active; that writer keeps its
 * own data.
 *
 * @module
 */
import { displaySource } from "../../io/address.ts";
import { throwIfAborted } from "../../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../../errors.ts";
import { abortableStream } from "../../io/read_stream.ts";
import {
  type BlobStorage,
  copyStart,
  forEachChunk,
  readBlob,
  removeUnfinished,
  type StoredBlob,
  tidyUp,
  unfinishedName,
  writeText,
} from "./blob_storage.ts";
import { ownStore } from "./create_store.ts";
import { type Answer, requestFrom, VALIDATOR } from "./range_request.ts";
import { createSha256, sha256OfText } from "./sha256.ts";
import type { DownloadOptions, StoredFile } from "./store.ts";

/** As for `download`, but the caller checks the hash. */
export type ReceiveOptions = Omit<DownloadOptions, "sha256">;

/** The caller's knowledge of a file. */
export interface Expected {
  /** Whether `check` knows the hash, so that a mix of two files is detected. */
  readonly isHashKnown?: boolean | undefined;
  /** Throws if the hash is wrong; the file isn't kept then. */
  readonly check?: ((sha256: string) => Promise<void>) | undefined;
  /** The server's answer to a request for the whole file, if it was made. */
  readonly answer?: Answer | undefined;
}

/** Downloads a file and keeps it under its address, replacing the one that was there. */
export async function receiveFile(
  url: URL,
  options: ReceiveOptions,
  { isHashKnown = false, check, answer: asked }: Expected,
): Promise<StoredFile> {
  const { store, signal } = options;
  const { storage, publish } = ownStore("download", store);
  const key = await sha256OfText(url.href);
  let started: Awaited<ReturnType<typeof start>>;
  try {
    started = await start(url, storage, key, isHashKnown, options, asked);
    await receive(url, started, isHashKnown, options);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  const { answer: { version }, partial } = started;
  const { blob, size, sha256 } = await partial.finish();
  try {
    await check?.(sha256);
  } catch (error) {
    await blob.discard();
    throw error;
  }
  const record = { reference: url.href, sha256, size, version };
  const file = await publish(blob, record);
  await removeUnfinished(storage, key);
  return file;
}

/**
 * Requests the rest of an earlier download and copies its start, or starts from zero.
 */
async function start(
  url: URL,
  storage: BlobStorage,
  key: string,
  isHashKnown: boolean,
  options: ReceiveOptions,
  asked: Answer | undefined,
) {
  const earlier = await longestPartial(storage, key);
  const { size = 0, validator } = earlier ?? {};
  const offset = isHashKnown || validator !== undefined ? size : 0;
  let answer = asked;
  if (answer === undefined || offset > 0 && answer.validator === validator) {
    await answer?.body.cancel();
    answer = await requestFrom(url, offset, validator, options);
  }
  let partial = await createPartial(
    storage,
    key,
    answer.start > 0 ? validator : answer.validator,
  );
  if (earlier && answer.start > 0) {
    const { append } = partial;
    const isCopied = await copyStart(earlier.stream(), answer.start, append)
      .catch(() => false);
    if (!isCopied) { // Another process has continued it.
      await answer.body.cancel();
      await partial.discard();
      answer = await requestFrom(url, 0, undefined, options);
      partial = await createPartial(storage, key, answer.validator);
    }
  }
  if (earlier) await tidyUp(storage, earlier.name, validatorName(earlier.name));
  return { answer, partial };
}

/** Receives all bytes. A partial file stays behind if the next download can use it. */
async function receive(
  url: URL,
  { answer, partial }: Awaited<ReturnType<typeof start>>,
  isHashKnown: boolean,
  { limit, signal, onProgress }: ReceiveOptions,
): Promise<void> {
  const { body, total, plain } = answer;
  // A fault that is detected here, as opposed to a connection fault.
  let fault: { readonly error: unknown } | undefined;
  const name = displaySource(url);
  const stream = abortableStream(body, signal);
  const cause: unknown = await forEachChunk(stream, async (chunk) => {
    try {
      const most = Math.min(limit, total ?? limit);
      const size = Math.max(partial.size + chunk.length, total ?? 0);
      if (size > most) {
        throw new CorruptWeightsError(
          `Cannot download ${name} as it must have <= ${most} bytes: it has more`,
        );
      }
      await partial.append(chunk);
      onProgress?.(partial.size, total);
    } catch (error) {
      fault = { error };
      throw error;
    }
  }).catch((error) => error);
  if (fault) {
    await partial.discard();
    throw fault.error;
  }
  const { size, validator } = partial;
  if (cause === undefined && size === (total ?? size)) return;
  const isOfUse = plain && size > 0 &&
    (isHashKnown || validator !== undefined);
  await (isOfUse ? partial.keep() : partial.discard());
  throw new UnknownModelError(
    `Cannot download ${name}: the connection broke after ${size} of ${
      total ?? "an unknown number of"
    } bytes`,
    { cause },
  );
}

/** A partial file that this download writes, with the hash of its bytes. */
async function createPartial(
  storage: BlobStorage,
  key: string,
  validator: string | undefined,
) {
  const name = unfinishedName(key);
  const blob = await storage.create(name);
  const forgetValidator = () => tidyUp(storage, validatorName(name));
  if (validator !== undefined) {
    await writeText(storage, validatorName(name), validator);
  }
  const hash = createSha256();
  let size = 0;
  return {
    validator,
    keep: blob.keep,
    get size() {
      return size;
    },
    async append(bytes: Uint8Array) {
      hash.update(bytes);
      await blob.append(bytes);
      size += bytes.length;
    },
    async discard() {
      await blob.discard();
      await forgetValidator();
    },
    async finish() {
      await forgetValidator();
      return { blob, size, sha256: await hash.digest() };
    },
  };
}

/** The longest partial file of a key, its name and its validator. */
async function longestPartial(storage: BlobStorage, key: string) {
  let longest: StoredBlob & { readonly name: string } | undefined;
  for (const name of await storage.list()) {
    if (!name.startsWith(key) || !name.endsWith(".partial")) continue;
    const blob = await storage.read(name);
    if (blob && blob.size > (longest?.size ?? 0)) longest = { ...blob, name };
  }
  if (longest === undefined) return undefined;
  const beside = await storage.read(validatorName(longest.name));
  const bytes = beside && await readBlob(beside, 512).catch(() => null);
  const text = bytes ? new TextDecoder().decode(bytes) : "";
  return { ...longest, validator: VALIDATOR.test(text) ? text : undefined };
}

function validatorName(partial: string): string {
  return partial.replace(/partial$/, "validator");
}

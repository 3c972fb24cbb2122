/**
 * Downloads that aren't whole yet, and how the next one goes on with them.
 *
 * A partial download lies under the hash of its address, the time it began and a
 * random number; beside it lies its validator, the ETag or date by which a server
 * tells whether its file is still the same. Each is written by one process alone.
 * Who goes on with one copies it and removes it, whether or not its writer is still
 * at work: that one keeps its own.
 *
 * @module
 */
import { createSha256, type Sha256 } from "./sha256.ts";
import { type Draft, forEachChunk, readShelved, type Shelf } from "./shelf.ts";

/** What is left of crashes and broken downloads goes after a week. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

const NAME = /^(?:[a-z]+|[\da-f]{64})-([\da-f]{12})-[\da-f]{32}\.[a-z]+$/;

/** Printable ASCII, as goes into a header. */
const VALIDATOR = /^[\x20-\x7e]{1,512}$/;

/** A fresh name for something unfinished: `key`, the time, a random number. */
export function partialName(key: string): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = crypto.randomUUID().replaceAll("-", "");
  return `${key}-${time}-${random}.partial`;
}

/** A download under way. */
export interface Partial {
  /** How many bytes are there. */
  readonly size: number;
  /** The validator of those bytes, `undefined` where the server gave none. */
  readonly validator: string | undefined;
  /** Hashes and writes the next bytes. */
  append(bytes: Uint8Array): Promise<void>;
  /** Throws away what is there, for a file with this validator. */
  restart(validator: string | undefined): Promise<void>;
  /** Leaves what is there for the next download. */
  keep(): Promise<void>;
  /** Deletes it. */
  discard(): Promise<void>;
  /** Its draft and the hash of all its bytes. Ends the writing. */
  finish(): Promise<{ readonly draft: Draft; readonly sha256: string }>;
}

/**
 * Goes on with the longest partial download of `key`, or begins one.
 *
 * @param key The hash of the address.
 */
export async function openPartial(shelf: Shelf, key: string): Promise<Partial> {
  let name: string;
  let draft: Draft;
  let hash: Sha256;
  let size: number;
  let validator: string | undefined;

  async function begin(newValidator: string | undefined): Promise<void> {
    name = partialName(key);
    draft = await shelf.create(name);
    hash = createSha256();
    size = 0;
    validator = newValidator;
    if (validator === undefined) return;
    const beside = await shelf.create(partialName("validator"));
    await beside.append(new TextEncoder().encode(validator));
    await beside.publish(validatorName(name));
  }

  async function append(bytes: Uint8Array): Promise<void> {
    hash.update(bytes);
    await draft.append(bytes);
    size += bytes.length;
  }

  async function discard(): Promise<void> {
    await draft.discard();
    await forget(shelf, validatorName(name));
  }

  const seed = await longest(shelf, key);
  await begin(seed && await readValidator(shelf, seed.name));
  if (seed) {
    try {
      await forEachChunk(seed.bytes.stream(), append);
    } catch {
      // Somebody else went on with it first.
      await discard();
      await begin(undefined);
    }
    await forget(shelf, seed.name, validatorName(seed.name));
  }

  return {
    get size() {
      return size;
    },
    get validator() {
      return validator;
    },
    append,
    async restart(newValidator) {
      await discard();
      await begin(newValidator);
    },
    keep: () => size > 0 ? draft.keep() : discard(),
    discard,
    async finish() {
      await forget(shelf, validatorName(name));
      return { draft, sha256: await hash.digest() };
    },
  };
}

/** Removes what others have left of `key`, and all that is a week old. */
export async function sweepPartials(
  shelf: Shelf,
  key?: string,
): Promise<void> {
  for (const name of await shelf.list()) {
    const time = name.match(NAME)?.[1];
    if (time === undefined) continue;
    const old = Date.now() - parseInt(time, 16) > LIFETIME_MS;
    if (old || (key && name.startsWith(key))) await forget(shelf, name);
  }
}

async function longest(shelf: Shelf, key: string) {
  let best;
  for (const name of await shelf.list()) {
    if (!name.startsWith(key) || !name.endsWith(".partial")) continue;
    const bytes = await shelf.read(name);
    if (bytes && bytes.size > (best?.bytes.size ?? 0)) best = { name, bytes };
  }
  return best;
}

async function readValidator(
  shelf: Shelf,
  name: string,
): Promise<string | undefined> {
  const shelved = await shelf.read(validatorName(name));
  if (shelved === undefined) return undefined;
  const bytes = await readShelved(shelved, 512).catch(() => null);
  const text = bytes && new TextDecoder().decode(bytes);
  return text && VALIDATOR.test(text) ? text : undefined;
}

function validatorName(name: string): string {
  return name.replace(/partial$/, "validator");
}

/** Litter is no reason to fail. */
async function forget(shelf: Shelf, ...names: string[]): Promise<void> {
  for (const name of names) await shelf.remove(name).catch(() => {});
}

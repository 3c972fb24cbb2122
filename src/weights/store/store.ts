/**
 * Model files that were loaded once, for the next time: by the SHA-256 of their
 * bytes, and by references that stand for such hashes.
 *
 * @module
 */
import { assertArgument, type OptionNames } from "../../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import { shownSource } from "../../address.ts";
import {
  keepContent,
  readContent,
  rememberTime,
  removeContent,
  removeUnnamed,
  type StoredFile,
} from "./content.ts";
import { forgivingShelf } from "./forgiving_shelf.ts";
import { partialName, sweepPartials } from "./partial.ts";
import {
  listRecords,
  readRecord,
  removeRecord,
  type StoreRecord,
} from "./records.ts";
import { createSha256, isSha256 } from "./sha256.ts";
import { forEachChunk, type Shelf } from "./shelf.ts";

/** How a store is opened. */
export interface StoreOptions {
  /**
   * Called with a line of text, once at most, when the store can't be used: what is
   * loaded then stays in memory, and nothing fails for it. And when a file in it turns
   * out to be damaged, which is then as good as absent; and when a server can't be
   * asked whether a file has changed, so that the kept one is used.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** All of {@linkcode StoreOptions}. */
export const STORE_OPTIONS: OptionNames<StoreOptions> = { onWarning: true };

/** How a file is put into a store. */
export interface PutOptions {
  /** What the hash of its bytes must be, in lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

/** A store of model files. */
export interface Store {
  /**
   * The file that a reference stands for, `undefined` where it isn't there, or is
   * damaged. Its bytes are hashed when its size or the time of its last change isn't
   * that of the record; damage that leaves both is found by `verify` of the file.
   *
   * @param reference Any text of at most 8192 characters: a name with a version,
   * or an address.
   * @throws {ArgumentError} When the reference is longer.
   */
  get(reference: string): Promise<StoredFile | undefined>;
  /**
   * The file with this hash, `undefined` where it isn't there. Neither its size
   * nor its bytes are checked: `verify` of the file does that.
   *
   * @throws {ArgumentError} When `sha256` isn't 64 lower-case hexadecimal digits.
   */
  open(sha256: string): Promise<StoredFile | undefined>;
  /**
   * Stores a file, and lets `reference` stand for it from now on. Bytes aren't
   * copied where they have to stay in memory: leave them as they are.
   *
   * @throws {CorruptWeightsError} When the hash isn't `options.sha256`: nothing is
   * left of it.
   * @throws {ArgumentError} When the reference has more than 8192 characters.
   */
  put(
    reference: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options?: PutOptions,
  ): Promise<StoredFile>;
  /** What references stand for, of the files that are there, by reference. */
  list(): Promise<readonly StoreRecord[]>;
  /**
   * Forgets a reference and the hash it is pinned to, and deletes its file unless
   * another reference stands for that too.
   *
   * @returns Whether it was known.
   */
  remove(reference: string): Promise<boolean>;
}

/** A store as this package makes it. */
export interface ShelvedStore extends Store {
  /** Where the bytes lie. */
  readonly shelf: Shelf;
  /** Gives a line of text to the `onWarning` of the store's options. */
  readonly warn: (message: string) => void;
}

/**
 * A store as this package makes it.
 *
 * @param cannot What was to be done.
 * @throws {ArgumentError} When it is another.
 */
export function ownStore(cannot: string, store: Store): ShelvedStore {
  assertArgument(
    ((store ?? {}) as Partial<ShelvedStore>).shelf !== undefined,
    `${cannot} as store must be what fileStore(folder) or cacheApiStore() gives`,
    store,
  );
  return store as ShelvedStore;
}

/** The store whose bytes lie on a shelf, whose faults stop nobody. */
export function createStore(
  shelfWithFaults: Shelf,
  onWarning: (message: string) => void = () => {},
): ShelvedStore {
  const shelf = forgivingShelf(shelfWithFaults, onWarning);

  /** Whether a file is what its record says, as far as a glance tells. */
  async function isSound(
    file: StoredFile,
    record: StoreRecord,
  ): Promise<boolean> {
    if (file.size !== record.size) {
      await removeContent(shelf, file.sha256).catch(() => {});
    } else if (isSameTime(file.modified, record.modified)) {
      return true;
    } else if (await hasItsHash(file)) {
      // Who may only read hashes it again the next time, and needn't know.
      await rememberTime(shelfWithFaults, record, file);
      return true;
    }
    onWarning(
      `The stored file of ${
        shownSource(record.reference)
      } is damaged, and isn't used`,
    );
    return false;
  }

  return {
    shelf,
    warn: onWarning,
    async get(reference) {
      const record = await readRecord(shelf, reference);
      const file = record && await readContent(shelf, record.sha256);
      return file && await isSound(file, record) ? file : undefined;
    },
    async open(sha256) {
      assertSha256(sha256);
      return await readContent(shelf, sha256);
    },
    async put(reference, content, { sha256: expected } = {}) {
      if (expected !== undefined) assertSha256(expected);
      const draft = await shelf.create(partialName("put"));
      const hash = createSha256();
      let size = 0;
      try {
        await forEachChunk(streamOf(content), async (part) => {
          hash.update(part);
          await draft.append(part);
          size += part.length;
        });
        const sha256 = await hash.digest();
        if (sha256 !== (expected ?? sha256)) {
          throw new CorruptWeightsError(
            `Cannot store ${reference} as its SHA-256 must be ${expected}: it is ${sha256}`,
          );
        }
        const file = await keepContent(shelf, draft, {
          reference,
          sha256,
          size,
        });
        await sweepPartials(shelf);
        return file;
      } catch (error) {
        await draft.discard().catch(() => {});
        throw error;
      }
    },
    async list() {
      const records: StoreRecord[] = [];
      for (const record of await listRecords(shelf)) {
        const file = await readContent(shelf, record.sha256);
        if (file?.size === record.size) records.push(record);
      }
      return records;
    },
    async remove(reference) {
      const record = await readRecord(shelf, reference);
      if (record === undefined) return false;
      await removeRecord(shelf, reference);
      await removeUnnamed(shelf, record.sha256);
      return true;
    },
  };
}

async function hasItsHash(file: StoredFile): Promise<boolean> {
  try {
    await file.verify();
    return true;
  } catch (error) {
    if (error instanceof CorruptWeightsError) return false;
    throw error;
  }
}

/** What copies a file may keep the time of its last change in whole seconds. */
function isSameTime(found: number | undefined, recorded: number | undefined) {
  return found === recorded ||
    recorded !== undefined && found === recorded - recorded % 1000;
}

/** @throws {ArgumentError} When `text` isn't a hash in lower-case hexadecimal. */
export function assertSha256(text: string): void {
  if (isSha256(text)) return;
  throw new ArgumentError(
    `Cannot find a model by its SHA-256 as it must be 64 lower-case hexadecimal digits: it is ${
      JSON.stringify(text)
    }`,
  );
}

function streamOf(
  content: Uint8Array | ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  if (!(content instanceof Uint8Array)) return content;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(content);
      controller.close();
    },
  });
}

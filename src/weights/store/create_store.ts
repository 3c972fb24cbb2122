import { displaySource } from "../../io/address.ts";
import {
  assertArgument,
  assertFunctions,
  assertOptions,
  type OptionNames,
} from "../../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import { bestEffortStorage } from "./best_effort_storage.ts";
import {
  type BlobStorage,
  forEachChunk,
  type PendingBlob,
  removeUnfinished,
  type StoredBlob,
  unfinishedName,
} from "./blob_storage.ts";
import {
  listRecords,
  readRecord,
  removeRecord,
  writeRecord,
} from "./records.ts";
import { createSha256, isSha256 } from "./sha256.ts";
import type { Store, StoredFile, StoreOptions, StoreRecord } from "./store.ts";

const STORE_OPTIONS: OptionNames<StoreOptions> = { onWarning: true };

/** The ending of blobs that are named by their content's hash. */
export const CONTENT_ENDING = ".safetensors";

/** A store with the members that only this package uses. */
export interface OwnStore extends Store {
  readonly storage: BlobStorage;
  /** Calls the `onWarning` of the store's options. */
  readonly warn: (message: string) => void;
  /**
   * Whether the file of a reference exists in its recorded size; its bytes aren't
   * hashed.
   */
  has(reference: string): Promise<boolean>;
  /** Publishes a blob under its hash, and records its reference. */
  publish(
    blob: PendingBlob,
    record: Omit<StoreRecord, "at" | "modified">,
  ): Promise<StoredFile>;
}

/**
 * `store` if {@linkcode createStore} made it, otherwise an error that begins with
 * `cannot`.
 */
export function ownStore(cannot: string, store: Store): OwnStore {
  assertArgument(
    ((store ?? {}) as Partial<OwnStore>).storage !== undefined,
    `${cannot} as store must be what fileStore(folder) or cacheApiStore() gives`,
    store,
  );
  return store as OwnStore;
}

/** A store of files named by the SHA-256 of their bytes, and of records of references. */
export function createStore(
  ownStorage: BlobStorage,
  options: StoreOptions = {},
): OwnStore {
  assertOptions("keep files", options, STORE_OPTIONS);
  assertFunctions("keep files", options, ["onWarning"]);
  const { onWarning: warn = () => {} } = options;
  const storage = bestEffortStorage(ownStorage, warn);

  async function readContent(sha256: string): Promise<StoredFile | undefined> {
    const blob = await storage.read(contentName(sha256));
    return blob && storedFile(sha256, blob);
  }

  function storedFile(sha256: string, blob: StoredBlob): StoredFile {
    return {
      ...blob,
      sha256,
      async verify() {
        const hash = createSha256();
        await forEachChunk(blob.stream(), (chunk) => hash.update(chunk));
        const found = await hash.digest();
        if (found === sha256) return;
        const outcome = await storage.remove(contentName(sha256)).then(
          () => "It is deleted, and fetched again the next time",
          () => "It can't be deleted",
        );
        throw new CorruptWeightsError(
          `Cannot use a stored model as its SHA-256 must be ${sha256}: it is ${found}. ${outcome}`,
        );
      },
    };
  }

  /** Whether a file matches its record; it is hashed only if it may have changed. */
  async function isSound(
    file: StoredFile,
    record: StoreRecord,
  ): Promise<boolean> {
    if (file.size !== record.size) {
      await storage.remove(contentName(file.sha256)).catch(() => {});
      return false;
    }
    if (isSameTime(file.modified, record.modified)) return true;
    try {
      await file.verify();
    } catch (error) {
      if (error instanceof CorruptWeightsError) return false;
      throw error;
    }
    await rememberTime(record, file);
    return true;
  }

  /** Records when the content was last known to have its hash. */
  async function rememberTime(
    record: StoreRecord,
    { modified }: StoredBlob,
  ): Promise<void> {
    if (modified === record.modified) return;
    // Without write permission the file is hashed again next time, which needs no
    // warning.
    await writeRecord(ownStorage, { ...record, modified }).catch(() => {});
  }

  async function removeUnreferenced(sha256: string): Promise<void> {
    const records = await listRecords(storage);
    if (records.some((it) => it.sha256 === sha256)) return;
    await storage.remove(contentName(sha256));
  }

  async function publish(
    blob: PendingBlob,
    { reference, sha256, size, version }: Omit<StoreRecord, "at" | "modified">,
  ): Promise<StoredFile> {
    const before = await readRecord(storage, reference);
    const isNew = before?.sha256 !== sha256 || before.size !== size;
    const at = isNew ? new Date().toISOString() : before.at;
    const record = { reference, sha256, size, at, version };
    // The record comes first: a crash in between leaves a record without content, which
    // is repaired next time, rather than content without a record.
    if (isNew || before.version !== version) await writeRecord(storage, record);
    const published = await blob.publish(contentName(sha256));
    await rememberTime(record, published);
    if (before && before.sha256 !== sha256) {
      await removeUnreferenced(before.sha256).catch(() => {});
    }
    return storedFile(sha256, published);
  }

  /** Whether a record's content exists in its recorded size. */
  async function hasContent({ sha256, size }: StoreRecord): Promise<boolean> {
    return (await readContent(sha256))?.size === size;
  }

  return {
    storage,
    warn,
    publish,
    async has(reference) {
      const record = await readRecord(storage, reference);
      return record !== undefined && await hasContent(record);
    },
    async get(reference) {
      const record = await readRecord(storage, reference);
      const file = record && await readContent(record.sha256);
      if (file === undefined) return undefined;
      if (await isSound(file, record!)) return file;
      const name = displaySource(reference);
      warn(`The stored file of ${name} is damaged, and isn't used`);
      return undefined;
    },
    async open(sha256) {
      assertSha256(sha256);
      return await readContent(sha256);
    },
    async put(reference, content, { sha256: expected } = {}) {
      if (expected !== undefined) assertSha256(expected);
      const blob = await storage.create(unfinishedName("put"));
      const hash = createSha256();
      let size = 0;
      const append = async (chunk: Uint8Array) => {
        hash.update(chunk);
        await blob.append(chunk);
        size += chunk.length;
      };
      try {
        if (content instanceof Uint8Array) await append(content);
        else await forEachChunk(content, append);
        const sha256 = await hash.digest();
        if (sha256 !== (expected ?? sha256)) {
          throw new CorruptWeightsError(
            `Cannot store ${reference} as its SHA-256 must be ${expected}: it is ${sha256}`,
          );
        }
        const file = await publish(blob, { reference, sha256, size });
        await removeUnfinished(storage);
        return file;
      } catch (error) {
        await blob.discard().catch(() => {});
        throw error;
      }
    },
    async list() {
      const records: StoreRecord[] = [];
      for (const record of await listRecords(storage)) {
        if (await hasContent(record)) records.push(record);
      }
      return records;
    },
    async remove(reference) {
      const record = await readRecord(storage, reference);
      if (record === undefined) return false;
      await removeRecord(storage, reference);
      await removeUnreferenced(record.sha256);
      return true;
    },
  };
}

function contentName(sha256: string): string {
  return `${sha256}${CONTENT_ENDING}`;
}

/** Copies of a file may have their time in whole seconds. */
function isSameTime(found: number | undefined, recorded: number | undefined) {
  return found === recorded ||
    recorded !== undefined && found === recorded - recorded % 1000;
}

export function assertSha256(text: string): void {
  if (isSha256(text)) return;
  throw new ArgumentError(
    `Cannot find a model by its SHA-256 as it must be 64 lower-case hexadecimal digits: it is ${
      JSON.stringify(text)
    }`,
  );
}

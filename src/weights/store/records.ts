/**
 * A record maps a reference to a hash. A reference is a name such as
 * `nsfw@4.3.0/int8/format-1`, or an address. A record is a small JSON file named by the
 * hash of its reference, never by the reference itself.
 *
 * @module
 */
import { ArgumentError } from "../../errors.ts";
import { type BlobStorage, readBlob, writeText } from "./blob_storage.ts";
import { isSha256, sha256OfText } from "./sha256.ts";
import type { StoreRecord } from "./store.ts";

/** In bytes. */
const MAX_RECORD = 2 ** 16;
/** In UTF-16 units, of at most six bytes each in JSON. */
const MAX_REFERENCE = 2 ** 13;

const RECORD_NAME = /^[\da-f]{64}\.json$/;

/** The record of a reference; `undefined` if there is none, or it is damaged. */
export async function readRecord(
  storage: BlobStorage,
  reference: string,
): Promise<StoreRecord | undefined> {
  const record = await parseRecord(storage, await recordName(reference));
  return record?.reference === reference ? record : undefined;
}

export async function writeRecord(
  storage: BlobStorage,
  record: StoreRecord,
): Promise<void> {
  const name = await recordName(record.reference);
  await writeText(storage, name, `${JSON.stringify(record)}\n`);
}

export async function removeRecord(
  storage: BlobStorage,
  reference: string,
): Promise<void> {
  await storage.remove(await recordName(reference));
}

/** All sound records, sorted by reference. */
export async function listRecords(
  storage: BlobStorage,
): Promise<readonly StoreRecord[]> {
  const records: StoreRecord[] = [];
  for (const name of await storage.list()) {
    if (!RECORD_NAME.test(name)) continue;
    const record = await parseRecord(storage, name);
    if (record && await recordName(record.reference) === name) {
      records.push(record);
    }
  }
  return records.sort((a, b) => a.reference < b.reference ? -1 : 1);
}

async function recordName(reference: string): Promise<string> {
  if (reference.length > MAX_REFERENCE) {
    throw new ArgumentError(
      `Cannot store a model as its reference must have <= ${MAX_REFERENCE} characters: it has ${reference.length}`,
    );
  }
  return `${await sha256OfText(reference)}.json`;
}

async function parseRecord(
  storage: BlobStorage,
  name: string,
): Promise<StoreRecord | undefined> {
  const blob = await storage.read(name);
  if (blob === undefined || blob.size > MAX_RECORD) return undefined;
  try {
    const bytes = await readBlob(blob, MAX_RECORD);
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes!));
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined; // The content is fetched again.
  }
}

function isRecord(json: unknown): json is StoreRecord {
  if (typeof json !== "object" || json === null) return false;
  const { reference, sha256, size, at, modified, version } = json as Record<
    string,
    unknown
  >;
  return typeof reference === "string" && reference.length <= MAX_REFERENCE &&
    isSha256(sha256) && Number.isSafeInteger(size) && typeof at === "string" &&
    (modified === undefined || Number.isSafeInteger(modified)) &&
    (version === undefined || typeof version === "string");
}

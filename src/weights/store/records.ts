/**
 * What a store knows by name: a reference, such as `nsfw@4.3.0/int8/format-1` or an
 * address, stands for a hash. A record is a small JSON file whose name is the hash
 * of the reference, never the reference itself.
 *
 * @module
 */
import { ArgumentError } from "../../errors.ts";
import { partialName } from "./partial.ts";
import { isSha256, sha256OfText } from "./sha256.ts";
import { readShelved, type Shelf } from "./shelf.ts";

/** What a reference stands for. */
export interface StoreRecord {
  /** The name that was given. */
  readonly reference: string;
  /** Of the content, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Of the content, in bytes. */
  readonly size: number;
  /** When it was first stored with this content, as an ISO 8601 date and time. */
  readonly at: string;
  /**
   * When the content was last written to, in whole ms since 1970, as it was when its
   * bytes were last known to have that hash; absent where the shelf doesn't tell.
   */
  readonly modified?: number | undefined;
  /**
   * The ETag or date that the server gave for the content, by which it is asked
   * whether the file has changed; absent where it gave none.
   */
  readonly version?: string | undefined;
}

/** In bytes. */
const MAX_RECORD = 2 ** 16;
/** In UTF-16 units: at most six bytes each in JSON. */
const MAX_REFERENCE = 2 ** 13;

const RECORD_NAME = /^[\da-f]{64}\.json$/;

/** The record of a reference, `undefined` where there is none that is sound. */
export async function readRecord(
  shelf: Shelf,
  reference: string,
): Promise<StoreRecord | undefined> {
  const record = await parseRecord(shelf, await recordName(reference));
  return record?.reference === reference ? record : undefined;
}

/**
 * Writes a record in the place of the one that was there.
 *
 * @throws {ArgumentError} When the reference has more than 8192 characters.
 */
export async function writeRecord(
  shelf: Shelf,
  record: StoreRecord,
): Promise<void> {
  const name = await recordName(record.reference);
  const draft = await shelf.create(partialName("record"));
  await draft.append(new TextEncoder().encode(`${JSON.stringify(record)}\n`));
  await draft.publish(name);
}

/** Removes the record of a reference; it needn't be there. */
export async function removeRecord(
  shelf: Shelf,
  reference: string,
): Promise<void> {
  await shelf.remove(await recordName(reference));
}

/** All sound records, by reference. */
export async function listRecords(
  shelf: Shelf,
): Promise<readonly StoreRecord[]> {
  const records: StoreRecord[] = [];
  for (const name of await shelf.list()) {
    if (!RECORD_NAME.test(name)) continue;
    const record = await parseRecord(shelf, name);
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
  shelf: Shelf,
  name: string,
): Promise<StoreRecord | undefined> {
  const shelved = await shelf.read(name);
  if (shelved === undefined || shelved.size > MAX_RECORD) return undefined;
  try {
    const bytes = await readShelved(shelved, MAX_RECORD);
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes!));
    return isRecord(json) ? json : undefined;
  } catch {
    // As good as absent: its content is fetched again.
    return undefined;
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

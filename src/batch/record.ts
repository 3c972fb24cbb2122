/**
 * The record of a finished shard: `results/00017.json`. It is written last, so if it
 * exists, the shard's other files are complete.
 *
 * @module
 */
import { isObject } from "../argument.ts";
import { CorruptRunError } from "../errors.ts";
import { isSha256 } from "../weights/store/sha256.ts";
import { resultFile } from "./plan.ts";
import type { RunStorage } from "./storage.ts";

/** The record of a finished shard. It contains no times, so it is the same everywhere. */
export interface ShardRecord {
  /** The format of the record. */
  readonly format: "totem batch shard 1";
  /** The digest of the plan: see `planDigest()`. */
  readonly plan: string;
  /** Its number, 0 for the first. */
  readonly shard: number;
  /** The number of its images, including failed ones. */
  readonly images: number;
  /** The number of images that have an error instead of an answer. */
  readonly failed: number;
  /** The number of images per error, by its code. */
  readonly errors: Readonly<Record<string, number>>;
  /** The SHA-256 of each file of its result, by the file's name in the run. */
  readonly files: Readonly<Record<string, string>>;
}

export const RECORD_FORMAT: ShardRecord["format"] = "totem batch shard 1";

/** Serializes a record. */
export function recordText(record: ShardRecord): string {
  return `${JSON.stringify(record, null, 1)}\n`;
}

/**
 * Reads the record of a shard; `undefined` while it isn't done.
 *
 * @param digest The plan's digest.
 * @throws {CorruptRunError} When it is damaged, or is of another plan; the text names it.
 */
export async function readRecord(
  storage: RunStorage,
  digest: string,
  shard: number,
): Promise<ShardRecord | undefined> {
  const name = resultFile(shard, "json");
  const bytes = await storage.read(name);
  if (bytes === undefined) return undefined;
  const record = parse(bytes);
  const problem = record === undefined
    ? "it isn't the record of a shard"
    : record.plan !== digest
    ? "it is of another plan"
    : record.shard !== shard
    ? `it is of shard ${record.shard}`
    : undefined;
  if (record !== undefined && problem === undefined) return record;
  throw new CorruptRunError(
    `Cannot use ${storage.address}/${name} as ${problem}: remove it to have the shard done again`,
  );
}

/**
 * Reads the record of a shard whose results exist. Returns `undefined` while the shard
 * isn't done, and if a file named in the record is missing: then the shard is run again.
 *
 * @param digest The plan's digest.
 * @throws {CorruptRunError} Like {@linkcode readRecord}.
 */
export async function readDone(
  storage: RunStorage,
  digest: string,
  shard: number,
): Promise<ShardRecord | undefined> {
  const record = await readRecord(storage, digest, shard);
  for (const name of Object.keys(record?.files ?? {})) {
    if (!await storage.has(name)) return undefined;
  }
  return record;
}

function parse(bytes: Uint8Array): ShardRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { format, plan, shard, images, failed, errors, files } =
    value as unknown as { [Name in keyof ShardRecord]: unknown };
  const isCount = (it: unknown) => Number.isSafeInteger(it) && Number(it) >= 0;
  const isSound = format === RECORD_FORMAT && isSha256(plan) &&
    [shard, images, failed].every(isCount) &&
    isObject(errors) && Object.values(errors).every(isCount) &&
    isObject(files) && Object.values(files).every(isSha256);
  return isSound ? value as ShardRecord : undefined;
}

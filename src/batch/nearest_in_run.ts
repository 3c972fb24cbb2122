/**
 * Searches the results of a batch run without an index. Only the codes of one shard at a
 * time are in memory, and the features of a few shards, or of a single large one.
 *
 * @module
 */
import { assertWhole } from "../argument.ts";
import { throwIfAborted } from "../async/abort.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { CorruptRunError } from "../errors.ts";
import { npyHeader } from "../io/npy.ts";
import { type CodeMatrix, createCodeMatrix } from "../search/code_matrix.ts";
import { encodeFeatures } from "../search/encode_features.ts";
import { mergeMatches } from "../search/merge_matches.ts";
import { sha256OfBytes } from "../weights/store/sha256.ts";
import { type BatchPlan, planDigest, resultFile, shardImages } from "./plan.ts";
import { URL_COLUMN } from "./columns.ts";
import { readTable } from "./read_table.ts";
import { readRecord, type ShardRecord } from "./record.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/** An image of a run that is similar to a given one. */
export interface RunMatch {
  /** Its path or address, as in the run's list. */
  readonly url: string;
  /** Cosine between both images' features, 0..1. */
  readonly similarity: number;
}

/** The result of searching a run. */
export interface FoundInRun {
  /** Most similar first; ties in the order of the run's lists. */
  readonly matches: readonly RunMatch[];
  /** The number of shards that weren't searched because they have no result yet. */
  readonly missing: number;
}

/** Options of `nearestInRun`. */
export interface NearestInRunOptions {
  /** The number of images to find, at least 1. @default 10 */
  readonly top?: number | undefined;
  /** Called after each shard with the numbers of shards searched and in total. */
  readonly onShard?: ((done: number, total: number) => void) | undefined;
  /** Allocates the memory of the codes. */
  readonly matrixOf?: typeof createCodeMatrix | undefined;
  /** Aborts the search between shards. */
  readonly signal?: AbortSignal | undefined;
}

/** The maximum number of shards read at a time, and their maximum bytes in total. */
const MOST_AT_ONCE = 8;
const AHEAD_BYTES = 2 ** 25;

/** A match whose address hasn't been read yet. */
interface FoundRow {
  readonly shard: number;
  readonly row: number;
  readonly similarity: number;
}

/**
 * Finds the images of a run of features that are most similar to a given image. An index
 * of the same images gives exactly the same matches. Failed images are left out.
 *
 * @param features Features computed by the run's model.
 * @throws {CorruptRunError} When a result is damaged or of another plan; the text names it.
 * @throws {AbortedError} When the signal fires.
 */
export async function nearestInRun(
  plan: BatchPlan,
  storage: RunStorage,
  features: Float32Array,
  { top = 10, onShard, matrixOf = createCodeMatrix, signal }:
    NearestInRunOptions = {},
): Promise<FoundInRun> {
  const cannot = "search a batch run";
  assertRun(cannot, plan, storage);
  assertWhole(cannot, "top", top, 1);
  const digest = await planDigest(plan);
  const matrix = await matrixOf(features.length);
  const total = plan.lists.length;
  const records = new Map<number, ShardRecord>();
  let best: FoundRow[] = [];
  let missing = 0;
  const read = async (shard: number) => {
    throwIfAborted(signal);
    const record = await readRecord(storage, digest, shard);
    const count = shardImages(plan, shard);
    return record && {
      record,
      values: await readFeatures(storage, record, count, matrix.width),
    };
  };
  const concurrency = shardsAtOnce(plan, matrix.width);
  let shard = 0;
  for await (
    const result of mapOrdered(plan.lists.keys(), read, { concurrency })
  ) {
    throwIfAborted(signal);
    if (result === undefined) missing++;
    else {
      const { record, values } = result;
      const { scales, rows } = encodeRows(values, matrix);
      const found = matrix.nearest(features, scales, top)
        .map(({ row, score }) => (
          { shard: record.shard, row: rows[row]!, similarity: score }
        ));
      best = mergeMatches([best, found], top);
      if (found.some((it) => best.includes(it))) {
        records.set(record.shard, record);
      }
    }
    onShard?.(++shard, total);
  }
  // Read only for the few shards with a match.
  const urls = new Map<number, readonly string[]>();
  for (const { shard } of best) {
    if (urls.has(shard)) continue;
    urls.set(shard, await readUrls(plan, storage, records.get(shard)!));
  }
  const matches = best.map(({ shard, row, similarity }) => ({
    url: urls.get(shard)![row]!,
    similarity,
  }));
  return { matches, missing };
}

/** The number of shards to read at a time, as reading from a bucket is slow. */
function shardsAtOnce(plan: BatchPlan, width: number): number {
  const bytes = shardImages(plan, 0) * width * 4;
  return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(AHEAD_BYTES / bytes)));
}

/** The features of a shard, `[count, width]`. Rows of failed images are NaN. */
async function readFeatures(
  storage: RunStorage,
  record: ShardRecord,
  count: number,
  width: number,
): Promise<Float32Array> {
  const bytes = await readVerified(storage, record, "npy");
  const header = npyHeader([count, width]);
  const isExpected = bytes.length === header.length + count * width * 4 &&
    header.every((byte, i) => byte === bytes[i]);
  if (!isExpected) {
    const name = resultFile(record.shard, "npy");
    const problem = `it must be an array of ${count} rows of ${width} features`;
    throw wrongFile(storage, record, name, problem);
  }
  // The byte offset of an f32 array must be a multiple of 4.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0
    ? bytes
    : bytes.slice();
  return new Float32Array(buffer, byteOffset + header.length, count * width);
}

/** Encodes all rows except NaN ones. Returns their scales and row numbers. */
function encodeRows(values: Float32Array, matrix: CodeMatrix) {
  const { width } = matrix;
  const count = values.length / width;
  const codes = matrix.rows(count);
  const scales = new Float32Array(count);
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    const features = values.subarray(row * width, (row + 1) * width);
    if (Number.isNaN(features[0])) continue;
    const at = rows.length;
    scales[at] = encodeFeatures(
      features,
      codes.subarray(at * width, (at + 1) * width),
    );
    rows.push(row);
  }
  return { scales: scales.subarray(0, rows.length), rows };
}

/** The addresses of a shard's images, row by row. */
async function readUrls(
  plan: BatchPlan,
  storage: RunStorage,
  record: ShardRecord,
): Promise<readonly string[]> {
  const { tables } = plan;
  const bytes = await readVerified(storage, record, tables);
  const name = resultFile(record.shard, tables);
  const where = `${storage.address}/${name}`;
  const { rows } = await readTable(tables, bytes, [URL_COLUMN], where);
  const count = shardImages(plan, record.shard);
  if (rows.length === count) return rows.map(([url]) => String(url));
  const problem = `it must have ${count} rows: it has ${rows.length}`;
  throw wrongFile(storage, record, name, problem);
}

/** Reads a file of a shard's result, and verifies its hash. */
async function readVerified(
  storage: RunStorage,
  record: ShardRecord,
  ending: "npy" | BatchPlan["tables"],
): Promise<Uint8Array> {
  const name = resultFile(record.shard, ending);
  const bytes = await storage.read(name);
  if (bytes === undefined) throw wrongFile(storage, record, name, "it is gone");
  if (await sha256OfBytes(bytes) === record.files[name]) return bytes;
  const problem = "it isn't what was written: its SHA-256 differs";
  throw wrongFile(storage, record, name, problem);
}

function wrongFile(
  { address }: RunStorage,
  { shard }: ShardRecord,
  name: string,
  problem: string,
): CorruptRunError {
  return new CorruptRunError(
    `Cannot use ${address}/${name} as ${problem}. Remove ${
      resultFile(shard, "json")
    } there to have the shard done again`,
  );
}

import { asBytes } from "../io/bytes.ts";
import { npyHeader } from "../io/npy.ts";
import { resultColumns } from "./columns.ts";
import { type BatchPlan, resultFile } from "./plan.ts";
import type { Answer, Outcome } from "./run_images.ts";
import type { Table } from "./table.ts";
import { writeTable } from "./write_table.ts";

/** A file to write. */
export interface NewFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files of a shard's result, and the number of images that failed. */
export interface ShardResults {
  readonly files: readonly NewFile[];
  readonly failed: number;
  /** The number of images per error, by its code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Creates the files of a shard's result, with one row per image in list order. */
export async function shardResults(
  plan: BatchPlan,
  { digest, shard, list, width }: {
    readonly digest: string;
    readonly shard: number;
    readonly list: Table;
    /** The number of the model's features. */
    readonly width: number;
  },
  outcomes: readonly Outcome[],
): Promise<ShardResults> {
  const rows = outcomes.map((outcome, i) => [
    ...list.rows[i]!,
    ...(plan.task === "classify" ? classValues(outcome) : []),
    ..."fault" in outcome
      ? [outcome.fault.error, outcome.fault.message]
      : [null, null],
  ]);
  const columns = resultColumns(plan);
  const metadata = { "totem.plan": digest, "totem.shard": `${shard}` };
  const files = [{
    name: resultFile(shard, plan.tables),
    bytes: await writeTable(plan.tables, { columns, rows }, metadata),
  }];
  if (plan.task === "features") {
    const name = resultFile(shard, "npy");
    files.push({ name, bytes: featureArray(outcomes, width) });
  }
  const faults = outcomes.flatMap((it) => "fault" in it ? [it.fault] : []);
  const codes = [...new Set(faults.map(({ error }) => error))].sort();
  const count = (code: string) =>
    faults.filter(({ error }) => error === code).length;
  return {
    files,
    failed: faults.length,
    errors: Object.fromEntries(codes.map((it) => [it, count(it)])),
  };
}

/** The values of `CLASS_COLUMNS`. */
function classValues(outcome: Outcome): readonly unknown[] {
  if ("fault" in outcome) return Array(6).fill(null);
  const classes = outcome.answer as Exclude<Answer, Float32Array>;
  const [best] = classes;
  return [
    best!.label,
    best!.index,
    best!.probability,
    classes.map(({ label }) => label),
    classes.map(({ index }) => index),
    classes.map(({ probability }) => probability),
  ];
}

/** A NumPy array of f32. The row of an image without features is NaN. */
function featureArray(outcomes: readonly Outcome[], width: number): Uint8Array {
  const header = npyHeader([outcomes.length, width]);
  const bytes = new Uint8Array(header.length + 4 * outcomes.length * width);
  bytes.set(header);
  const absent = asBytes(new Float32Array(width).fill(NaN));
  for (const [i, outcome] of outcomes.entries()) {
    const row = "fault" in outcome
      ? absent
      : asBytes(outcome.answer as Float32Array);
    bytes.set(row, header.length + 4 * i * width);
  }
  return bytes;
}

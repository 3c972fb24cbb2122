import type { Corpus } from "../../batch/corpus/corpus.ts";
import { openCorpus } from "../../batch/corpus/open_corpus.ts";
import { makePlan } from "../../batch/make_plan.ts";
import { matchPlan } from "../../batch/match_plan.ts";
import type { BatchPlan } from "../../batch/plan.ts";
import { MOST_ROWS } from "../../batch/plan_options.ts";
import type { RunStorage } from "../../batch/storage.ts";
import { openStorage } from "../../batch/storage/open_storage.ts";
import { AbortedError } from "../../errors.ts";
import { counted } from "../../text/numbers.ts";
import { shellWord } from "../../text/shell_word.ts";
import { type Command, parseOne } from "../command.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "../image_options.ts";
import { SOURCE_HELP } from "../model_options.ts";
import { LABELS_HELP } from "../network_options.ts";
import { choice, count, requiredText, text } from "../option_kinds.ts";
import { INTERRUPTED, onSignals } from "../signals.ts";
import type { Terminal } from "../terminal.ts";
import { enqueueMissing, queueAddress } from "./queue_options.ts";
import {
  loadRunModel,
  RUN_MODEL_HELP,
  RUN_MODEL_OPTIONS,
} from "./run_model.ts";
import { assertRunPlace } from "./run_place.ts";

/** `totem batch plan` */
export const plan: Command = {
  summary: "Split a folder, a list or a bucket into shards",
  help: `\
Usage: totem batch plan CORPUS --out RUN [options]

Splits a corpus of images into lists, and writes them to RUN with the model and
the plan. CORPUS is a folder, a text file with one path or URL per line, a
.parquet file, or s3://bucket/prefix/. RUN is a folder or s3://bucket/prefix.

The plan fixes everything that affects the answers. Models run as int8 on wasm,
which gives the same answers on every machine, bit for bit, so there is no
--backend, --precision or --threads. f32 weights are converted to int8.

Planning again with the same options changes nothing: images added since aren't
part of the run. Ctrl-C leaves no plan.

Options:
  --out RUN          Folder or s3:// prefix of the run, outside CORPUS
${SOURCE_HELP}
  --task NAME        classify or features (default: classify)
  --queue URL        Put the shards without results into a queue: redis://,
                     rediss:// or postgres://HOST. To use another queue later,
                     plan again with it
  --shard-size N     Images per shard, up to 100,000 (default: 1000)
  --format NAME      Format of lists and results: parquet, or jsonl, which needs
                     no npm package (default: parquet)
  --url-column NAME  Column of a .parquet file with paths or URLs (default: url)
${LABELS_HELP}

${IMAGE_HELP}

${RUN_MODEL_HELP}

Example:
  totem batch plan photos/ --out run`,
  async run(args, io) {
    const values = parseOne(args, "plan a batch run", "CORPUS", {
      out: requiredText("RUN"),
      queue: queueAddress,
      task: choice("classify", ["classify", "features"]),
      "shard-size": count(1000, 1, MOST_ROWS),
      format: choice("parquet", ["parquet", "jsonl"]),
      "url-column": text(),
      ...IMAGE_OPTIONS,
      ...RUN_MODEL_OPTIONS,
    });
    const { argument: address, out, task, format: tables } = values;
    const urlColumn = values["url-column"];
    const shardSize = values["shard-size"];
    const storage = await openStorage(out);
    await assertRunPlace(out, address);
    const model = await loadRunModel(io, values);
    const reading = imageReading(values);
    const options = { task, tables, shardSize, ...reading };
    // Doesn't open the corpus, which may no longer exist.
    const corpus = { address, urlColumn };
    const made = await matchPlan(storage, corpus, model, options);
    if (made !== undefined) {
      await tellPlan(io, out, "planned already, ", made, storage, values.queue);
      return 0;
    }
    const opened = await openCorpus(address, { urlColumn });
    tellNotes(io, opened);
    const controller = new AbortController();
    const { signal } = controller;
    using _listening = onSignals(
      io.streams,
      ["SIGINT"],
      INTERRUPTED,
      () => controller.abort(),
    );
    try {
      using progress = showPlanning(io);
      const onProgress = progress.update;
      const planning = { ...options, onProgress, signal };
      const made = await makePlan(opened, model, storage, planning);
      await tellPlan(io, out, "", made, storage, values.queue);
    } catch (error) {
      if (!(error instanceof AbortedError)) throw error;
      io.tell("interrupted: nothing is planned; the same command starts over");
      return INTERRUPTED;
    }
    tellNotes(io, opened); // Some are known only at the end.
    return 0;
  },
};

/** Enqueues the planned shards, and shows the plan and the next command. */
async function tellPlan(
  io: Terminal,
  out: string,
  note: string,
  plan: BatchPlan,
  storage: RunStorage,
  queue: string | undefined,
): Promise<void> {
  const { images, lists } = plan;
  const size = `${counted(images.count, "image")} in ${
    counted(lists.length, "shard")
  }`;
  // Before printing, as a reader of the output may stop after one line.
  const enqueued = queue === undefined
    ? null
    : await enqueueMissing(io, plan, storage, queue).catch((error) => {
      io.tellNote(`${out}: ${note}${size}`);
      throw error;
    });
  io.print(`${io.paint("bold", out)}: ${note}${size}`);
  if (enqueued === null) {
    io.tellNote(`Next: totem batch work ${shellWord(out)}`);
    return;
  }
  const { added, missing } = enqueued;
  io.print(
    `${counted(added, "shard")} put into the queue; ${
      counted(missing, "shard")
    } without a result`,
  );
  io.tellNote(
    `Next, on each machine: totem batch work ${shellWord(out)} --queue URL`,
  );
}

function tellNotes(io: Terminal, { skipped, notes }: Corpus): void {
  // Without the word "note", as in other commands.
  if (skipped !== undefined) io.tellOnce("", skipped);
  for (const note of notes) io.tellOnce("note", note);
}

/** Shows the number of images so far. */
function showPlanning(io: Terminal) {
  let shards = 0;
  const progress = io.showProgress((images) =>
    `${counted(images, "image")}, ${counted(shards, "shard")}`
  );
  return {
    update(images: number, shardsSoFar: number) {
      shards = shardsSoFar;
      progress.update(images, Infinity);
    },
    [Symbol.dispose]: progress.clear,
  };
}

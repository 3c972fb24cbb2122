import { readPlan } from "../../batch/plan.ts";
import { type RunStatus, runStatus } from "../../batch/status.ts";
import { openStorage } from "../../batch/storage/open_storage.ts";
import { counted, percent } from "../../text/numbers.ts";
import { type Command, parseOne } from "../command.ts";
import { FileError } from "../file_error.ts";
import { flag } from "../option_kinds.ts";
import { remaining } from "../remaining.ts";
import type { Terminal } from "../terminal.ts";

/** `totem batch status` */
export const status: Command = {
  summary: "Tell how far a batch run is",
  help: `\
Usage: totem batch status RUN [options]

Tells how many shards and images of a run are done, how many images failed and why,
and how long the rest will take. All of it comes from the results: those of another
plan, and those that can't be read, are named and aren't counted.

The rate is that of the last hour, or of the last ten shards where these took longer.
There is none in the first minute, nor when nothing was done lately.

The exit code is 0 if the run is complete, and 1 if it isn't.

Options:
  --json             One JSON object: run, complete, shards (total, done), images
                     (total, done, failed), errors (how many images by the error's
                     code), imagesPerSecond, secondsLeft (both null if unknown) and
                     problems (results that aren't counted)

Example:
  totem batch status run`,
  async run(args, io) {
    const { argument: run, json } = parseOne(
      args,
      "tell how far a batch run is",
      "RUN",
      { json: flag },
    );
    const storage = await openStorage(run);
    const plan = await readPlan(storage);
    if (plan === undefined) {
      const reason =
        "there is no plan. Make it with totem batch plan, which may still be at work";
      throw new FileError("tell how far a batch run is in", run, reason);
    }
    const status = await runStatus(plan, storage);
    if (json) io.printJson(statusJson(run, status));
    else printStatus(io, run, status);
    return status.isComplete ? 0 : 1;
  },
};

function statusJson(run: string, status: RunStatus): object {
  const { isComplete, shards, images, errors, problems } = status;
  return {
    run,
    complete: isComplete,
    shards,
    images,
    errors,
    imagesPerSecond: status.rate ?? null,
    secondsLeft: status.secondsLeft ?? null,
    problems,
  };
}

function printStatus(io: Terminal, run: string, status: RunStatus): void {
  const { isComplete, shards, images, rate = 0 } = status;
  const name = io.paint("bold", run);
  if (isComplete) {
    io.print(
      `${name}: complete, ${counted(images.total, "image")} in ${
        counted(shards.total, "shard")
      }`,
    );
  } else {
    const part = percent(images.done / images.total);
    const left = remaining(rate, images.total - images.done, 1);
    io.print(
      `${name}: ${ofTotal(images.done, images.total, "image")} (${part}), ${
        ofTotal(shards.done, shards.total, "shard")
      }${left && `; lately ${left}`}`,
    );
  }
  printFailed(io, status);
  const { problems } = status;
  for (const problem of problems.slice(0, MOST_PROBLEMS)) {
    io.tellWarning(problem);
  }
  if (problems.length > MOST_PROBLEMS) {
    const others = counted(problems.length - MOST_PROBLEMS, "other result");
    io.tellWarning(`${others} can't be used either: --json has all`);
  }
}

const MOST_PROBLEMS = 10;

/** The part of failed images from which something else may be wrong. */
const MANY_FAILED = 0.1;

function printFailed(io: Terminal, { images, errors }: RunStatus): void {
  const { done, failed } = images;
  if (failed === 0) return;
  const codes = Object.entries(errors);
  const list = codes.map(([code, count]) =>
    `${count.toLocaleString("en")} ${code}`
  ).join(", ");
  io.print(`${counted(failed, "image")} failed: ${list}`);
  const [most] = codes;
  if (most === undefined || failed <= done * MANY_FAILED) return;
  io.tellWarning(
    `${percent(failed / done)} of the images failed, most with the error ${
      most[0]
    }: see the column "message" of the results before you use them`,
  );
}

/** `1 of 2 shards` */
function ofTotal(done: number, total: number, one: string): string {
  return `${done.toLocaleString("en")} of ${counted(total, one)}`;
}

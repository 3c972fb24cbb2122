/**
 * Measures the time and memory of `totem classify` up to its first answer, stage by
 * stage, in interleaved processes: `deno task bench-start`, on Linux. Each stage is a
 * command that goes one step further than the one before, so the difference is the cost
 * of that step. The model must be in the cache: run `totem classify` once before.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOptions } from "./options.ts";
import type { Taken } from "./start/at_end.ts";

/** Images in the last stage: the cost of one more is a steady image. */
const IMAGES = 9;

/** A step on the way to an answer. */
interface Stage {
  readonly name: string;
  /** The arguments of `deno run`. */
  readonly args: readonly string[];
}

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Not an image, so that the model is loaded but no image runs. */
const NO_IMAGE = pathOf("start/nothing.ts");

/** The stages of the command line at `cli`; each one includes the stage before. */
function stagesOf(
  cli: string,
  model: string,
  photo: string,
): readonly Stage[] {
  // One thread: Linux no longer counts threads that ended before the process.
  const classify = [cli, "classify", "--model", model, "--threads", "1"];
  return [
    { name: "the runtime, with an empty script", args: [NO_IMAGE] },
    { name: "modules of the command line", args: [cli, "--version"] },
    { name: "modules of classify", args: [cli, "classify", "--help"] },
    { name: "the model", args: [...classify, NO_IMAGE] },
    { name: "the first image", args: [...classify, photo] },
    {
      name: `${IMAGES - 1} more images`,
      args: [...classify, ...new Array<string>(IMAGES).fill(photo)],
    },
  ];
}

/** The flags of `deno task totem` other than permissions; `totem.flags` has both. */
async function flagsOf(cli: string): Promise<readonly string[]> {
  const flags = await Deno.readTextFile(join(dirname(cli), "../totem.flags"));
  return flags.split("\n").filter((it) => it.startsWith("--unstable"));
}

/** Runs a stage once. */
async function run(
  { name, args }: Stage,
  flags: readonly string[],
): Promise<Taken> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--allow-all",
      ...flags,
      `--preload=${pathOf("start/at_end.ts")}`,
      ...args,
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  const json = lines.pop()!;
  // Only the stage without an image prints an error.
  const isFailed = lines.length > (args.includes(NO_IMAGE) ? 1 : 0);
  if (isFailed || !json.startsWith("{")) {
    throw new Error(`Cannot measure ${name}: ${[...lines, json].join("\n")}`);
  }
  return JSON.parse(json);
}

/** The costs of the stages as table rows, and the ms of a steady image. */
function tableOf(
  stages: readonly Stage[],
  taken: readonly (readonly Taken[])[],
): readonly string[] {
  const least = (all: readonly Taken[], pick: (it: Taken) => number) =>
    Math.min(...all.map(pick));
  const median = (all: readonly Taken[], pick: (it: Taken) => number) =>
    all.map(pick).toSorted((a, b) => a - b)[all.length >> 1]!;
  const cpu = (it: Taken) => it.cpu;
  const rows = stages.map(({ name }, i) => {
    const [own, before] = [taken[i]!, taken[i - 1]];
    const more = (value: (all: readonly Taken[]) => number) =>
      (value(own) - (before ? value(before) : 0)).toFixed(1);
    return [
      name,
      least(own, cpu).toFixed(0),
      median(own, cpu).toFixed(0),
      more((all) => least(all, cpu)),
      mebibytes(median(own, (it) => it.peak)),
      mebibytes(
        median(own, (it) => it.peak) -
          (before ? median(before, (it) => it.peak) : 0),
      ),
      mebibytes(median(own, (it) => it.files)),
    ];
  });
  const [first, last] = taken.slice(-2) as [readonly Taken[], readonly Taken[]];
  const ratio = (value: (all: readonly Taken[]) => number) => {
    const steady = (value(last) - value(first)) / (IMAGES - 1);
    return `${(value(first) / steady).toFixed(2)} x ${steady.toFixed(1)} ms`;
  };
  const titles = [
    "until",
    "ms, min",
    "median",
    "more",
    "MiB",
    "more",
    "of files",
  ];
  return [
    ...[titles, titles.map(() => "---"), ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`),
    `the first answer is ${
      ratio((all) => least(all, cpu))
    } of a steady image (medians: ${ratio((all) => median(all, cpu))})`,
  ];
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

if (import.meta.main) {
  const { rounds, model, photo, against } = readOptions("bench-start", {
    rounds: 10,
    model: "nsfw",
    photo: pathOf("../examples/photos/alp.jpg"),
    against: "",
  });
  const programs = [pathOf("../src/cli.ts"), ...against ? [against] : []];
  const all = programs.map((cli) => stagesOf(cli, model, photo));
  const flags = await Promise.all(programs.map(flagsOf));
  const taken = all.map((stages) => stages.map((): Taken[] => []));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, stages] of all.entries()) {
      for (const [k, stage] of stages.entries()) {
        const found = await run(stage, flags[i]!);
        // The first round only fills caches.
        if (round > 0) taken[i]![k]!.push(found);
      }
    }
  }
  for (const [i, cli] of programs.entries()) {
    console.log([cli, ...tableOf(all[i]!, taken[i]!), ""].join("\n"));
  }
}

/**
 * Runs all contestants in turns, each visit in a fresh process.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { WIDE_FLAG } from "../../src/backends/simd/v8_flag.ts";
import {
  type Contestant,
  describe,
  type Runtime,
} from "./contestants/contestant.ts";
import { DIST } from "./dist.ts";
import { nodeProgram } from "./install.ts";
import { modelFileOf } from "./model_files.ts";
import { PHOTOS, SIZE } from "./photos.ts";
import { type MeasuredInPage, runPage } from "./run_page.ts";
import { type Measured, runProcess } from "./run_process.ts";

/** A contestant in a runtime. */
export interface Entry {
  readonly runtime: Runtime;
  readonly contestant: Contestant;
}

/** The measurements of an entry, one per visit, or why there are none. */
export interface Result extends Entry {
  readonly visits: readonly (Measured | MeasuredInPage)[];
  readonly failure?: string;
}

/** In ms. An emulated GPU compiles a network's shaders for a minute or two. */
const TIMEOUT = 60_000;
const GPU_TIMEOUT = 400_000;

/** An entry whose visit takes longer than this, in ms, isn't visited again. */
const SLOW = 40_000;

const DENO_MAIN = fileURLToPath(new URL("deno_main.ts", import.meta.url));
const DENO = [Deno.execPath(), "run", "--quiet", "--allow-all"];
const COMMANDS = {
  Deno: [...DENO, DENO_MAIN],
  "Node 20": [nodeProgram("Node 20", DIST), `${DIST}/node/node_main.js`],
  "Node 24": [nodeProgram("Node 24", DIST), `${DIST}/node/node_main.js`],
};

/** The name of an entry, such as `Deno: Totem int8, 1 thread`. */
export function nameOf({ runtime, contestant }: Entry): string {
  return `${runtime}: ${describe(contestant)}`;
}

/** @param tell Called with the progress of the comparison. */
export async function compare(
  entries: readonly Entry[],
  rounds: number,
  tell: (text: string) => void,
): Promise<readonly Result[]> {
  const results = entries.map((entry) => ({
    ...entry,
    visits: [] as (Measured | MeasuredInPage)[],
    failure: undefined as string | undefined,
    slow: false,
  }));
  for (let round = 0; round < rounds; round++) {
    for (const result of results) {
      if (result.failure !== undefined || result.slow) continue;
      const begin = performance.now();
      try {
        const visit = await visitEntry(result, round);
        result.visits.push(visit);
        tell(
          `${round + 1}/${rounds}  ${nameOf(result)}: ${
            Math.min(...visit.images).toFixed(1)
          } ms`,
        );
      } catch (error) {
        result.failure = (error as Error).message;
        tell(`${round + 1}/${rounds}  ${nameOf(result)}: ${result.failure}`);
      }
      result.slow = performance.now() - begin > SLOW;
    }
  }
  return results.map(({ slow: _, failure, ...result }) => ({
    ...result,
    ...failure !== undefined && { failure },
  }));
}

function visitEntry(
  { runtime, contestant }: Entry,
  round: number,
): Promise<Measured | MeasuredInPage> {
  const onGpu = contestant.on === "webgpu";
  const timeout = onGpu ? GPU_TIMEOUT : TIMEOUT;
  const answers = round > 0 ? 0 : onGpu ? 1 : PHOTOS;
  const job = { contestant, size: SIZE, answers };
  const [model, photos] = [`models/${modelFileOf(contestant)}`, "photos.rgba"];
  return runtime === "Chromium"
    ? runPage(
      { ...job, model: `/dist/${model}`, photos: `/dist/${photos}` },
      timeout,
    )
    : runProcess(
      runtime === "Deno" && contestant.kernels === "wide"
        ? [...DENO, `--v8-flags=${WIDE_FLAG}`, DENO_MAIN]
        : COMMANDS[runtime],
      {
        ...job,
        model: pathToFileURL(`${DIST}/${model}`).href,
        photos: pathToFileURL(`${DIST}/${photos}`).href,
      },
      timeout,
    );
}

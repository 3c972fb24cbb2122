/**
 * Makes the kernels' threads fail over and over, and checks the image after each
 * failure. The threads are workers that serve many epochs, as starting one takes far
 * longer than a round; between epochs they do the same as `src/backends/simd/slots.ts`.
 */
import {
  instantiate,
  loadKernels,
} from "../../../src/backends/simd/kernels.ts";
import { LEVELS, TASKS, tinyEngine } from "./tiny_engine.ts";

/** The result of the rounds. */
export interface Stress {
  readonly rounds: number;
  /** Wrong or unfinished images after a failure. */
  readonly wrong: number;
  /** Failures on the leading thread rather than on a helper. */
  readonly led: number;
}

/** Words of shared memory that synchronize leader and workers. */
const enum Word {
  Epoch,
  Ended,
}

/** The message that starts a worker. */
interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly program: number;
  readonly scratch: number;
  readonly words: Int32Array;
}

/** Marks that there are no more epochs. */
const OVER = -1;

/**
 * Runs `rounds` rounds: an image with a failing task, then one without.
 *
 * @param helpers The number of threads besides this one.
 */
export async function stressThreads(
  helpers: number,
  rounds: number,
): Promise<Stress> {
  const kernels = await loadKernels(true);
  const tiny = tinyEngine(kernels, helpers + 1);
  const { engine: { memory, layout }, program } = tiny;
  const [scratch, ...others] = layout.scratch;
  const { run, stop } = instantiate(kernels, memory);
  const words = new Int32Array(new SharedArrayBuffer(8));
  const url = URL.createObjectURL(new Blob([`(${serveEpochs})()`]));
  const workers = others.map((scratch) => {
    const worker = new Worker(url, { type: "module" });
    const { module } = kernels;
    const start: Start = { module, memory, program, scratch, words };
    worker.postMessage(start);
    return worker;
  });

  const endEpoch = (next: number) => {
    stop(program);
    for (let ended = 0; ended < helpers;) {
      Atomics.wait(words, Word.Ended, ended, 1);
      ended = Atomics.load(words, Word.Ended);
    }
    Atomics.store(words, Word.Ended, 0);
    Atomics.store(words, Word.Epoch, next);
    Atomics.notify(words, Word.Epoch);
  };

  let wrong = 0;
  let led = 0;
  for (let round = 0; round < rounds; round++) {
    const level = round % LEVELS;
    const task = Math.floor(round / LEVELS) % TASKS;
    tiny.breakTask(level, task);
    tiny.write(round);
    try {
      if (run(program, LEVELS, scratch!) === 1) wrong++;
    } catch {
      led++;
    }
    // The next image may come while threads are still ending.
    tiny.mendTask(level, task);
    endEpoch(round + 1);
    tiny.write(round + 1);
    if (run(program, LEVELS, scratch!) !== 1) wrong++;
    if (!tiny.isRight(round + 1)) wrong++;
  }
  endEpoch(OVER);
  for (const worker of workers) worker.terminate();
  URL.revokeObjectURL(url);
  return { rounds, wrong, led };
}

/** The code of a worker. It must not refer to anything outside. */
function serveEpochs(): void {
  // deno-lint-ignore no-explicit-any
  (globalThis as any).onmessage = ({ data }: MessageEvent) => {
    const { module, memory, program, scratch, words } = data as Start;
    const env = { memory, convWide() {}, averagePoolWide() {} };
    const { exports } = new WebAssembly.Instance(module, { env });
    // deno-lint-ignore no-explicit-any
    const kernels = exports as any;
    for (let epoch = 0; epoch !== -1;) {
      try {
        kernels.serve(program, scratch, epoch);
      } catch {
        kernels.abandon(program);
      }
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
      Atomics.wait(words, 0, epoch);
      epoch = Atomics.load(words, 0);
    }
  };
}

if (import.meta.main) {
  const [helpers, rounds] = Deno.args.map(Number);
  const start = performance.now();
  const found = await stressThreads(helpers!, rounds!);
  console.log({
    helpers,
    ...found,
    seconds: (performance.now() - start) / 1e3,
  });
}

/**
 * A program: levels of steps. A level runs when all tasks of the previous level are
 * done. The steps of a level are split into tasks.
 */
import { averagePool, averagePoolWide } from "./average_pool";
import { border } from "./border";
import { convI16, convI32, convPlain, convWide } from "./conv";
import { dense } from "./dense";
import { flatten } from "./flatten";
import { globalAveragePool } from "./global_average_pool";
import { globalMaxPool } from "./global_max_pool";
import { maxPool } from "./max_pool";
import { sigmoid, softmax } from "./probabilities";
import {
  AveragePool,
  Border,
  Convolution,
  Dense,
  GlobalPool,
  MaxPool,
  Probabilities,
  Step,
} from "./step";
import { convWinograd } from "./winograd";
import { convWinogradLine } from "./winograd_line";

/** The state of a program, before its levels. Only `run_threads.ts` uses it. */
@unmanaged
export class Program {
  /** Counts runs. Threads between two runs wait for it to change. */
  generation: u32;
  /** Levels of this run. */
  levels: usize;
  /** Counts the groups of threads that serve it, from 0. */
  epoch: u32;
}

/** Steps that don't depend on each other. */
@unmanaged
export class Level {
  /** For `run_threads.ts`: the number of the run, above the next task to take. */
  next: u64;
  /** For `run_threads.ts`: tasks that are done, and threads that sleep until all are. */
  done: u32;
  sleeping: u32;
  /** Tasks of all steps. */
  tasks: u32;
  /** Address of the first step. */
  first: usize;
}

/** Bytes of a {@linkcode Program}, of each level after it, and of a step. */
export const PROGRAM_BYTES: usize = 64;
export const LEVEL_BYTES: usize = 64;
export const STEP_BYTES: usize = 128;

/** The kernels of steps. */
export const enum Kind {
  border,
  convPlain,
  convI32,
  convI16,
  maxPool,
  averagePool,
  globalAveragePool,
  dense,
  softmax,
  globalMaxPool,
  flatten,
  sigmoid,
  convWinograd,
  convWinogradLine,
  convWide,
  averagePoolWide,
}

// @ts-ignore: decorator
@inline
export function levelOf(program: Program, index: usize): Level {
  return changetype<Level>(
    changetype<usize>(program) + PROGRAM_BYTES + index * LEVEL_BYTES,
  );
}

/**
 * Runs one of the tasks of a level.
 *
 * @param scratch The thread's own memory; see `conv.ts`.
 */
export function runTask(level: Level, task: usize, scratch: usize): void {
  let at: usize = level.first;
  let step = changetype<Step>(at);
  while (task >= step.tasks) {
    task -= step.tasks;
    at += STEP_BYTES;
    step = changetype<Step>(at);
  }
  switch (step.kind) {
    case Kind.border:
      border(changetype<Border>(at));
      break;
    case Kind.convPlain:
      convPlain(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.convI32:
      convI32(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.convI16:
      convI16(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.maxPool:
      maxPool(changetype<MaxPool>(at), task);
      break;
    case Kind.averagePool:
      averagePool(changetype<AveragePool>(at), task);
      break;
    case Kind.globalAveragePool:
      globalAveragePool(changetype<GlobalPool>(at));
      break;
    case Kind.dense:
      dense(changetype<Dense>(at), task);
      break;
    case Kind.softmax:
      softmax(changetype<Probabilities>(at));
      break;
    case Kind.globalMaxPool:
      globalMaxPool(changetype<GlobalPool>(at));
      break;
    case Kind.flatten:
      flatten(changetype<GlobalPool>(at));
      break;
    case Kind.sigmoid:
      sigmoid(changetype<Probabilities>(at));
      break;
    case Kind.convWinograd:
      convWinograd(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.convWinogradLine:
      convWinogradLine(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.convWide:
      convWide(changetype<Convolution>(at), task, scratch);
      break;
    case Kind.averagePoolWide:
      averagePoolWide(changetype<AveragePool>(at), task, scratch);
      break;
    default:
      unreachable();
  }
}

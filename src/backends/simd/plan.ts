import { type Graph, INPUT } from "../../model/mod.ts";
import { firstActivations } from "../../model/first_activations.ts";
import { align } from "../int8/arena.ts";
import {
  type GlobalPoolStep,
  type LoweredGraph,
  lowerGraph,
  panelCount,
  type Step,
  type StepOf,
  weightBytes,
  windowBytes,
} from "../int8/lower.ts";
import { tableBytes } from "../int8/tables.ts";
import type { KernelBuild } from "../wasm_features.ts";
import type { ConvTasks } from "./conv_tasks.ts";
import { splitWinograd, WINOGRAD_KINDS } from "./plan_winograd.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  TABLE_BYTES,
  TASK_PIXELS,
  WIDE_BYTES,
} from "./records.ts";

/** A step and its split into tasks, which threads take one by one. */
export type PlannedStep =
  | StepOf<"conv"> & ConvTasks
  | StepOf<"maxPool"> & PoolTasks
  | StepOf<"avgPool"> & PoolTasks & {
    /** Whether it runs on a wide kernel. */
    readonly isWide: boolean;
  }
  | StepOf<"dense"> & { readonly tasks: number; readonly taskUnits: number }
  | (StepOf<"border" | "softmax" | "sigmoid"> | GlobalPoolStep) & {
    readonly tasks: 1;
  };

/** How a pool is split into tasks of some output rows. */
interface PoolTasks {
  readonly tasks: number;
  readonly taskRows: number;
}

/**
 * The kernels that a graph is planned for: a build, or the relaxed build with wide
 * kernels.
 */
export type PlannedKernels = KernelBuild | "wide";

/** A graph planned for the engine. Sizes are in bytes. */
export interface Plan extends LoweredGraph {
  readonly levels: readonly (readonly PlannedStep[])[];
  readonly programBytes: number;
  readonly tableBytes: number;
  /** Weights, scales, biases and ranges as in a Totem file. */
  readonly weightBytes: number;
  /** Scratch of each thread. */
  readonly scratchBytes: number;
}

/** Multiply-adds of a task: about 30 µs, a hundred times the cost of taking one. */
const TASK_MULTIPLY_ADDS = 3_000_000;

/** The same with plain kernels: about 170 µs, as each task widens its activations. */
const PLAIN_MULTIPLY_ADDS = 8_000_000;

/**
 * Upper bound of the bytes that plain kernels widen for a task of more than 4 pixels,
 * so that they stay in a core's second-level cache.
 */
const PLAIN_BYTES = 144 * 1024;

/** Values that a task of a pool reads. */
const TASK_READS = 1_000_000;

/** Bytes of a SIMD vector. Kernels may read as many beyond an activation. */
const SIMD_BYTES = 16;

/**
 * Plans a graph before any weight is known: the tasks of each step, and the size of all
 * memory.
 *
 * @param bytes The kernels of convolutions that read the first activations, which have
 * 8 bits on every machine: `"plain"`, or `kernels` if they are exact in 8 bits. Relaxed
 * kernels that aren't exact are slower than 3 x 3 Winograd kernels.
 */
export function planGraph(
  graph: Graph,
  kernels: PlannedKernels,
  bytes: PlannedKernels = kernels,
): Plan {
  const lowered = lowerGraph(graph);
  const first = firstActivations(graph);
  const isSlow = bytes === "plain" && kernels === "relaxed";
  const split = (step: StepOf<"conv">) => {
    const { input } = step.node;
    // Wide kernels run only where the image's codes are signed or unsigned like all
    // others.
    const own = input === INPUT
      ? bytes === "wide" ? "wide" : "plain"
      : first.has(input)
      ? bytes
      : kernels;
    const kinds = own === "plain"
      ? WINOGRAD_KINDS
      : isSlow
      ? ["convWinograd"] as const
      : [];
    return splitWinograd(step, kinds) ?? splitConv(step, own);
  };
  const levels = lowered.levels.map((steps) =>
    steps.map((step) => splitStep(step, kernels, split))
  );
  const steps = levels.flat();
  const sum = (bytes: (step: Step) => number) =>
    steps.reduce((sum, step) => sum + bytes(step), 0);
  const scratch = steps.map((it) => it.op === "conv" ? it.scratchBytes : 0);
  return {
    ...lowered,
    levels,
    arenaBytes: lowered.arenaBytes + align(SIMD_BYTES),
    programBytes: align(
      PROGRAM_BYTES + levels.length * LEVEL_BYTES + steps.length * STEP_BYTES,
    ),
    tableBytes: sum((step) => align(tableBytes(step))),
    weightBytes: sum(storedBytes),
    scratchBytes: align(TABLE_BYTES + Math.max(...scratch)),
  };
}

function splitStep(
  step: Step,
  kernels: PlannedKernels,
  split: (step: StepOf<"conv">) => ConvTasks,
): PlannedStep {
  switch (step.op) {
    case "conv":
      return { ...step, ...split(step) };
    case "maxPool":
      return { ...step, ...splitPool(step) };
    case "avgPool": {
      const { input: { channels }, node: { size, stride } } = step;
      const fits = size === 3 && stride === 1 && channels % 16 === 0;
      return {
        ...step,
        ...splitPool(step),
        isWide: kernels === "wide" && fits,
      };
    }
    case "dense": {
      const { node: { units }, input: { length } } = step;
      const taskUnits = Math.max(1, Math.ceil(TASK_READS / 8 / length));
      return { ...step, taskUnits, tasks: Math.ceil(units / taskUnits) };
    }
    default:
      return { ...step, tasks: 1 };
  }
}

function splitPool(step: StepOf<"maxPool" | "avgPool">): PoolTasks {
  const [height, width] = step.output.buffer.shape;
  const reads = width * step.input.channels * step.node.size ** 2;
  const taskRows = Math.min(height, Math.ceil(TASK_READS / reads));
  return { taskRows, tasks: Math.ceil(height / taskRows) };
}

/**
 * Splits a convolution by pixels first, then by panels. Tasks consist of whole tiles of
 * the kernel.
 */
function splitConv(
  step: StepOf<"conv">,
  kernels: PlannedKernels,
): ConvTasks {
  const [height, width] = step.output.buffer.shape;
  const window = windowBytes(step);
  const panels = panelCount(step);
  const pixels = height * width;
  const isPlain = kernels === "plain";
  const isWide = kernels === "wide";
  const tile = isPlain ? 4 : 6;
  const most = isPlain
    ? (PLAIN_BYTES - widenedBytes(window, 0)) / (2 * window)
    : TASK_PIXELS;
  const tiles = Math.max(1, Math.floor(Math.min(most, TASK_PIXELS) / tile));
  const blocks = Math.ceil(pixels / (tiles * tile));
  const taskPixels = Math.ceil(pixels / blocks / tile) * tile;
  const groups = Math.min(
    panels,
    Math.ceil(
      taskPixels * window * panels * 8 /
        (isPlain ? PLAIN_MULTIPLY_ADDS : TASK_MULTIPLY_ADDS),
    ),
  );
  // Wide kernels compute two panels at once.
  const unit = isWide ? 2 : 1;
  const taskPanels = Math.ceil(panels / groups / unit) * unit;
  return {
    tasks: Math.ceil(pixels / taskPixels) * Math.ceil(panels / taskPanels),
    taskPixels,
    taskPanels,
    winograd: null,
    scratchBytes: isPlain
      ? widenedBytes(window, taskPixels)
      : isWide
      ? taskPixels / tile * WIDE_BYTES
      : 0,
    isWide,
  };
}

/**
 * Bytes in which plain kernels widen weights, of one panel at a time, and the
 * activations of `pixels` windows to i16.
 */
function widenedBytes(window: number, pixels: number): number {
  return 2 * window * (8 + pixels);
}

/** Bytes of a step in a Totem file: weights, scales and biases, and a range. */
function storedBytes(step: Step): number {
  const scaled = step.op === "conv"
    ? step.node.channels
    : step.op === "dense"
    ? step.node.units
    : 0;
  const hasRange = step.op === "conv" || step.op === "avgPool";
  return weightBytes(step) + scaled * 8 + (hasRange ? 4 : 0);
}

/**
 * What the int8 engine does for a graph, before it knows any weight: which
 * kernels run in which order, and how much memory that takes, to the byte.
 *
 * @module
 */
import {
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type GlobalAvgPoolNode,
  type Graph,
  inferShapes,
  INPUT,
  type MaxPoolNode,
  nodesFor,
  type Outputs,
  type Shape,
  type SoftmaxNode,
} from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import { align } from "../int8/arena.ts";
import {
  placeActivations,
  type Slice,
  type Storage,
} from "../int8/place_activations.ts";
import { assertRunnable } from "../int8/check_supported.ts";
import type { KernelBuild } from "../wasm_features.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  RESCALE_BYTES,
  STEP_BYTES,
  TABLE_BYTES,
  TASK_PIXELS,
} from "./records.ts";

/** Consecutive f32 values, which last from run to run. */
export interface Vector {
  /** From the start of the vectors, in bytes. */
  readonly offset: number;
  /** How many; zeros follow up to a multiple of 16. */
  readonly length: number;
}

/** A convolution, or a pool, and how it is split into tasks. */
interface PixelStep<Node> {
  readonly node: Node;
  readonly input: Slice;
  readonly output: Slice;
  readonly tasks: number;
}

/** A kernel's work for one node. */
export type Step =
  | { readonly op: "border"; readonly storage: Storage; readonly tasks: 1 }
  | PixelStep<ConvNode> & {
    readonly op: "conv";
    readonly taskPixels: number;
    readonly taskPanels: number;
  }
  | PixelStep<MaxPoolNode> & {
    readonly op: "maxPool";
    readonly taskRows: number;
  }
  | PixelStep<AvgPoolNode> & {
    readonly op: "avgPool";
    readonly taskRows: number;
  }
  | {
    readonly op: "globalAvgPool";
    readonly node: GlobalAvgPoolNode;
    readonly input: Slice;
    readonly output: Vector;
    readonly tasks: 1;
  }
  | {
    readonly op: "dense";
    readonly node: DenseNode;
    readonly input: Vector;
    readonly output: Vector;
    readonly tasks: number;
    readonly taskUnits: number;
  }
  | {
    readonly op: "softmax";
    readonly node: SoftmaxNode;
    readonly input: Vector;
    readonly output: Vector;
    readonly tasks: 1;
  };

/** Where a result lies, and after how many levels. */
export type Result =
  & { readonly levels: number }
  & ({ readonly vector: Vector } | { readonly slice: Slice });

/** All that the engine does for a graph. */
export interface Plan {
  readonly graph: Graph;
  /** The RGBA image. */
  readonly image: Storage;
  /** Steps that may run at once, in the order of their levels. */
  readonly levels: readonly (readonly Step[])[];
  /** The results. What follows the levels of a slice may overwrite it. */
  readonly outputs: ReadonlyMap<keyof Outputs, Result>;
  /** Of activations, in bytes. */
  readonly arenaBytes: number;
  /** Of vectors, in bytes. */
  readonly vectorBytes: number;
  /** Of the records of the program, in bytes. */
  readonly programBytes: number;
  /** Of what follows from weights and ranges, in bytes. */
  readonly tableBytes: number;
  /** Of the weights as a Totem file has them, in bytes. */
  readonly weightBytes: number;
  /** A thread's own, in bytes. */
  readonly scratchBytes: number;
}

/** Multiply-adds of a task: some 30 µs, a hundred times what taking one costs. */
const TASK_MULTIPLY_ADDS = 3_000_000;

/** With plain kernels: some 170 µs, as each task widens its activations. */
const PLAIN_MULTIPLY_ADDS = 8_000_000;

/**
 * Bytes that plain kernels widen for a task, if 4 pixels don't take more: what a
 * core's second cache holds beside the rest.
 */
const PLAIN_BYTES = 144 * 1024;

/** Values that a pool reads in a task. */
const TASK_READS = 1_000_000;

/** The bytes of a range, and of a channel's scale and bias, in a Totem file. */
const RANGE_BYTES = 4;
const VECTOR_BYTES = 8;

/** Values that vectors are padded to, and how far kernels read beyond the end. */
const LANES = 16;

/**
 * Plans a graph.
 *
 * @throws {GraphError} When it has what no kernel does; see
 * {@linkcode assertRunnable}.
 */
export function planGraph(graph: Graph, build: KernelBuild): Plan {
  const shapes = inferShapes(graph);
  const { activations, features, logits, probabilities } = graph.outputs;
  const nodes = nodesFor(graph, probabilities ?? logits ?? features);
  assertRunnable(graph, nodes);
  const places = placeActivations(graph, nodes);
  const { slices, levelOf } = places;
  const vectors = new Map<string, Vector>();
  let vectorBytes = 0;
  const addVector = (name: string) => {
    const length = elementCount(shapes.get(name)!);
    const vector = { offset: vectorBytes, length };
    vectorBytes += align(Math.ceil(length / LANES) * LANES * 4);
    vectors.set(name, vector);
    return vector;
  };

  const levels: Step[][] = [];
  let tableBytes = 0;
  let weightBytes = 0;
  let wideBytes = 0;
  for (const { storage, birth } of places.framed) {
    (levels[Math.max(0, birth)] ??= []).push({
      op: "border",
      storage,
      tasks: 1,
    });
  }
  for (const node of nodes) {
    if (node.op === "concat") continue;
    const steps = levels[levelOf.get(node.name)!] ??= [];
    switch (node.op) {
      case "conv": {
        const input = slices.get(node.input)!;
        const output = slices.get(node.name)!;
        const exact = node.input === INPUT || build === "plain";
        const run = node.kernel[1] * input.storage.pixelBytes;
        const values = node.kernel[0] * run;
        const panels = Math.ceil(node.channels / 8);
        tableBytes += align(panels * RESCALE_BYTES);
        weightBytes += panels * 8 * values + RANGE_BYTES +
          node.channels * VECTOR_BYTES;
        const split = splitConv(output.storage.shape, values, panels, exact);
        if (exact) {
          wideBytes = Math.max(
            wideBytes,
            bytesWidened(values, split.taskPixels),
          );
        }
        steps.push({ op: "conv", node, input, output, ...split });
        break;
      }
      case "maxPool":
      case "avgPool": {
        const input = slices.get(node.input)!;
        const output = slices.get(node.name)!;
        const [height, width] = output.storage.shape;
        const reads = width * input.channels * node.size ** 2;
        const taskRows = Math.min(height, Math.ceil(TASK_READS / reads));
        const tasks = Math.ceil(height / taskRows);
        const common = { input, output, taskRows, tasks };
        if (node.op === "maxPool") {
          steps.push({ op: "maxPool", node, ...common });
        } else {
          tableBytes += tableOf(input.channels);
          weightBytes += RANGE_BYTES;
          steps.push({ op: "avgPool", node, ...common });
        }
        break;
      }
      case "globalAvgPool": {
        const input = slices.get(node.input)!;
        const output = addVector(node.name);
        tableBytes += tableOf(input.channels);
        steps.push({ op: "globalAvgPool", node, input, output, tasks: 1 });
        break;
      }
      case "dense": {
        const input = vectors.get(node.input)!;
        const output = addVector(node.name);
        const taskUnits = Math.max(1, Math.ceil(TASK_READS / 8 / input.length));
        const tasks = Math.ceil(node.units / taskUnits);
        tableBytes += 2 * tableOf(node.units);
        weightBytes += node.units * (input.length + VECTOR_BYTES);
        steps.push({ op: "dense", node, input, output, taskUnits, tasks });
        break;
      }
      case "softmax": {
        const input = vectors.get(node.input)!;
        const output = addVector(node.name);
        steps.push({ op: "softmax", node, input, output, tasks: 1 });
        break;
      }
    }
  }

  const outputs = { activations, features, logits, probabilities };
  return {
    graph,
    image: slices.get(INPUT)!.storage,
    levels,
    outputs: new Map(
      Object.entries(outputs).flatMap(([output, name]) => {
        if (name === undefined) return [];
        const levels = levelOf.get(name)! + 1;
        const vector = vectors.get(name);
        return [[
          output as keyof Outputs,
          vector ? { levels, vector } : { levels, slice: slices.get(name)! },
        ]];
      }),
    ),
    arenaBytes: places.bytes + align(LANES),
    vectorBytes,
    programBytes: align(
      PROGRAM_BYTES + levels.length * LEVEL_BYTES +
        levels.flat().length * STEP_BYTES,
    ),
    tableBytes,
    weightBytes,
    scratchBytes: align(TABLE_BYTES + wideBytes),
  };
}

/** The bytes of an f32 for each channel or unit. */
export function tableOf(values: number): number {
  return align(Math.ceil(values / LANES) * LANES * 4);
}

/**
 * How a convolution is split: by pixels first, then by panels of 8 output
 * channels. Both are whole tiles of the kernel.
 */
function splitConv(
  [height, width]: Shape,
  values: number,
  panels: number,
  plain: boolean,
) {
  const pixels = height * width;
  const tile = plain ? 4 : 6;
  const most = plain
    ? (PLAIN_BYTES - bytesWidened(values, 0)) / (2 * values)
    : TASK_PIXELS;
  const tiles = Math.max(1, Math.floor(Math.min(most, TASK_PIXELS) / tile));
  const blocks = Math.ceil(pixels / (tiles * tile));
  const taskPixels = Math.ceil(pixels / blocks / tile) * tile;
  const groups = Math.min(
    panels,
    Math.ceil(
      taskPixels * values * panels * 8 /
        (plain ? PLAIN_MULTIPLY_ADDS : TASK_MULTIPLY_ADDS),
    ),
  );
  const taskPanels = Math.ceil(panels / groups);
  return {
    taskPixels,
    taskPanels,
    tasks: Math.ceil(pixels / taskPixels) * Math.ceil(panels / taskPanels),
  };
}

/**
 * The bytes in which plain kernels widen to i16 a task's weights, of a panel at a
 * time, and activations.
 */
function bytesWidened(values: number, pixels: number): number {
  return 2 * values * (8 + pixels);
}

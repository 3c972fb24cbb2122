/**
 * What the GPU does for a graph in int8, before it knows any weight: which kernels
 * run in which order, where all they read and write lies, and how much memory
 * that takes, to the byte.
 *
 * There are two buffers. The model's has the layers' weights as a Totem file has
 * them, each before its table. An image's arena has activations, placed as in the
 * WASM engine's, and behind them vectors of f32.
 *
 * @module
 */
import {
  type Graph,
  inferShapes,
  INPUT,
  type Node,
  nodesFor,
  type Outputs,
} from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import { align } from "../int8/arena.ts";
import {
  placeActivations,
  type Slice,
  type Storage,
} from "../int8/place_activations.ts";
import { assertRunnable } from "../int8/check_supported.ts";
import { paddingOf, slideWindow } from "../int8/slide_window.ts";
import type { Fields } from "./kernels/kernel.ts";
import type { GpuKernels, KernelName } from "./kernels/mod.ts";
import {
  CONCURRENCY,
  type ConvTile,
  RESCALE_VECTORS,
  STEP_STRIDE,
  VECTOR_BYTES,
  WORKGROUP,
} from "./layout.ts";

/** A kernel's work for one node. */
export interface Step {
  readonly kernel: KernelName;
  /** What it computes, for people to read. */
  readonly name: string;
  readonly fields: Readonly<Record<string, number>>;
  readonly workgroups: number;
}

/** Consecutive bytes of the arena. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
}

/** Where a result lies, and after how many steps. */
export type Result =
  & { readonly steps: number; readonly stretch: Stretch }
  & (
    /** Codes; the stretch begins with the storage's first pixel. */
    | { readonly kind: "codes"; readonly slice: Slice }
    /** f32 values. */
    | { readonly kind: "vector" }
    /** f32 values whose softmax is the result. */
    | { readonly kind: "logits" }
  );

/** Where a layer's weights and its table lie in the model, in bytes. */
export interface ModelPart {
  readonly node: Node;
  readonly weights: number;
  readonly table: number;
}

/** All that the GPU does for a graph. */
export interface Plan {
  readonly graph: Graph;
  /** The bits of activations. */
  readonly bits: 7 | 8;
  /** How convolutions are computed. */
  readonly tile: ConvTile;
  /** The RGBA image. */
  readonly image: Storage;
  readonly steps: readonly Step[];
  readonly outputs: ReadonlyMap<keyof Outputs, Result>;
  readonly parts: readonly ModelPart[];
  /**
   * An activation that no kernel reads: its channels don't begin at a whole word
   * of its concatenation.
   */
  readonly misplaced: string | undefined;
  /** Of weights and tables. */
  readonly modelBytes: number;
  /** Of an image's activations and vectors. */
  readonly arenaBytes: number;
  /** Of the largest result. */
  readonly resultBytes: number;
  /** Of the numbers of all steps. */
  readonly stepBytes: number;
}

/**
 * Plans a graph.
 *
 * @throws {GraphError} When it has what no int8 backend runs.
 */
export function planGraph(graph: Graph, bits: 7 | 8, tile: ConvTile): Plan {
  const shapes = inferShapes(graph);
  const { activations, features, logits, probabilities } = graph.outputs;
  const nodes = nodesFor(graph, probabilities ?? logits ?? features);
  assertRunnable(graph, nodes);
  const { slices, levelOf, framed, bytes } = placeActivations(graph, nodes);
  const qmax = 2 ** bits - 1;

  let modelBytes = 0;
  const claim = (length: number) => {
    const at = modelBytes;
    modelBytes += Math.ceil(length / VECTOR_BYTES) * VECTOR_BYTES;
    return at;
  };
  const parts: ModelPart[] = [];
  const addPart = (
    node: Node,
    weightBytes: number,
    tableBytes: number,
  ) => {
    const weights = claim(weightBytes);
    const table = claim(tableBytes);
    parts.push({ node, weights, table });
    return { weights: weights / VECTOR_BYTES, table: table / VECTOR_BYTES };
  };

  let arenaBytes = bytes;
  const vectors = new Map<string, Stretch>();
  const addVector = (name: string) => {
    const vector = {
      offset: arenaBytes,
      bytes: 4 * elementCount(shapes.get(name)!),
    };
    arenaBytes += align(vector.bytes);
    vectors.set(name, vector);
    return vector.offset / 4;
  };

  const levels: Step[][] = [];
  for (const { storage, birth } of framed) {
    (levels[Math.max(0, birth)] ??= []).push(borderStep(storage));
  }
  for (const node of nodes) {
    const { op, name } = node;
    if (op === "concat" || op === "softmax") continue;
    const steps = levels[levelOf.get(name)!] ??= [];
    const add = <K extends KernelName>(
      kernel: K,
      fields: Fields<GpuKernels[K]>,
      invocations: number,
    ) => {
      const workgroups = Math.ceil(invocations / WORKGROUP);
      steps.push({ kernel, name, fields, workgroups });
    };
    switch (op) {
      case "conv": {
        const input = slices.get(node.input)!;
        const output = slices.get(name)!;
        const [height, width] = output.storage.shape;
        const run = node.kernel[1] * input.storage.pixelBytes / 4;
        const panels = Math.ceil(node.channels / 8);
        const panelVectors = node.kernel[0] * run * 2;
        const { weights, table } = addPart(
          node,
          panels * panelVectors * VECTOR_BYTES,
          panels * RESCALE_VECTORS * VECTOR_BYTES,
        );
        const tiles = Math.ceil(height * width / tile.pixels);
        const blocks = Math.ceil(panels / tile.panels);
        add("conv", {
          ...slide(input, output, node, node.kernel),
          width,
          pixels: height * width,
          tiles,
          blocks,
          run,
          kernelRows: node.kernel[0],
          weights,
          panelVectors,
          rescale: table,
          outputWords: Math.ceil(node.channels / 4),
          qmax,
        }, tiles * blocks);
        break;
      }
      case "maxPool":
      case "avgPool": {
        const { size, stride } = node;
        const input = slices.get(node.input)!;
        const output = slices.get(name)!;
        const [height, width] = output.storage.shape;
        const words = Math.ceil(input.channels / 4);
        const window = {
          ...slide(input, output, node, [size, size]),
          inputPixel: input.storage.pixelBytes / 4,
          size,
          width,
          pixels: height * width,
          words,
        };
        const invocations = height * width * words;
        if (op === "maxPool") {
          add("maxPool", window, invocations);
          break;
        }
        const [paddingY, paddingX] = paddingOf(input, node, [size, size]);
        add("avgPool", {
          ...window,
          multipliers: addPart(node, 0, words * VECTOR_BYTES).table,
          stride,
          paddingX,
          paddingY,
          inputWidth: input.storage.shape[1],
          inputHeight: input.storage.shape[0],
          countIncludePad: Number(node.countIncludePad),
          qmax,
        }, invocations);
        break;
      }
      case "globalAvgPool": {
        const input = slices.get(node.input)!;
        const { shape, offset, rowBytes, pixelBytes } = input.storage;
        const words = Math.ceil(input.channels / 4);
        add("globalAvgPool", {
          input: (offset + input.channel) / 4,
          inputRow: rowBytes / 4,
          inputPixel: pixelBytes / 4,
          width: shape[1],
          height: shape[0],
          words,
          multipliers: addPart(node, 0, words * VECTOR_BYTES).table,
          output: addVector(name),
        }, words);
        break;
      }
      case "dense": {
        const { offset, bytes } = vectors.get(node.input)!;
        const inputs = bytes / 4;
        const { weights, table } = addPart(
          node,
          node.units * inputs,
          node.units * VECTOR_BYTES,
        );
        add("dense", {
          input: offset / 4,
          inputs,
          weights,
          rescale: table,
          output: addVector(name),
          relu: Number(node.activation === "relu"),
        }, node.units * WORKGROUP);
        break;
      }
    }
  }

  const steps = levels.flat();
  /** How many steps are done when a node is. */
  const stepsTo = (name: string) =>
    levels.slice(0, levelOf.get(name)! + 1).flat().length;
  const outputs = new Map<keyof Outputs, Result>();
  const offer = (output: keyof Outputs, name: string | undefined) => {
    if (name === undefined) return;
    const node = nodes.find((it) => it.name === name)!;
    const steps = stepsTo(name);
    const slice = slices.get(name);
    outputs.set(
      output,
      slice
        ? { steps, stretch: stretchOf(slice.storage), kind: "codes", slice }
        : node.op === "softmax"
        ? { steps, stretch: vectors.get(node.input)!, kind: "logits" }
        : { steps, stretch: vectors.get(name)!, kind: "vector" },
    );
  };
  offer("activations", activations);
  offer("features", features);
  offer("logits", logits);
  offer("probabilities", probabilities);
  return {
    graph,
    bits,
    tile,
    image: slices.get(INPUT)!.storage,
    steps,
    outputs,
    parts,
    misplaced: [...slices].find(([, it]) => it.channel % 4 !== 0)?.[0],
    modelBytes,
    arenaBytes,
    resultBytes: Math.max(
      ...Array.from(outputs.values(), ({ stretch }) => stretch.bytes),
    ),
    stepBytes: steps.length * STEP_STRIDE,
  };
}

/** The GPU's memory that a plan takes, in bytes: that of all buffers. */
export function gpuBytes(
  { modelBytes, stepBytes, arenaBytes, resultBytes }: Plan,
): number {
  return modelBytes + stepBytes + CONCURRENCY * (arenaBytes + resultBytes);
}

/** An activation's pixels. */
function stretchOf({ shape, offset, rowBytes, pixelBytes }: Storage): Stretch {
  const [height, width] = shape;
  return { offset, bytes: (height - 1) * rowBytes + width * pixelBytes };
}

function borderStep(
  { shape, offset, rowBytes, pixelBytes, frameX, frameY }: Storage,
): Step {
  const before = (frameY * rowBytes + frameX * pixelBytes) / 4;
  const between = frameX * pixelBytes / 4;
  const words = 2 * before + (shape[0] - 1) * between;
  const fields: Fields<GpuKernels["border"]> = {
    start: offset / 4 - before,
    before,
    inside: shape[1] * pixelBytes / 4,
    between,
    rows: shape[0],
    words,
  };
  return {
    kernel: "border",
    name: `a border of ${shape.join("x")}`,
    fields,
    workgroups: Math.ceil(words / WORKGROUP),
  };
}

/** Where windows stand and how far they move, in words. */
function slide(...window: Parameters<typeof slideWindow>) {
  const { input, inputStepX, inputStepY, inputRow, ...rest } = slideWindow(
    ...window,
  );
  return {
    input: input / 4,
    inputStepX: inputStepX / 4,
    inputStepY: inputStepY / 4,
    inputRow: inputRow / 4,
    output: rest.output / 4,
    outputStepX: rest.outputStepX / 4,
    outputStepY: rest.outputStepY / 4,
  };
}

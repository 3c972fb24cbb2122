import type { Graph, Outputs } from "../../model/mod.ts";
import {
  type LoweredGraph,
  lowerGraph,
  type Step,
  type StepOf,
  weightBytes,
} from "../int8/lower.ts";
import type {
  ActivationBuffer,
  Slice,
  Vector,
} from "../int8/plan_activations.ts";
import { largestCodes } from "../int8/largest_code.ts";
import { tableBytes } from "../int8/tables.ts";
import { encodeStep, type GpuStep, type KernelCall } from "./encode.ts";
import {
  CONCURRENCY,
  type ConvTile,
  STEP_STRIDE,
  VECTOR_BYTES,
  WORKGROUP,
} from "./layout.ts";

/** A step, its kernel, and its location in the model. */
export interface PlannedStep {
  readonly step: GpuStep;
  readonly kernel: KernelCall["kernel"];
  readonly fields: Readonly<Record<string, number>>;
  readonly workgroups: number;
  /** Offsets in the model, in bytes. */
  readonly weights: number;
  readonly table: number;
}

/** Consecutive bytes of the arena. */
export interface BufferRange {
  readonly offset: number;
  readonly bytes: number;
}

/** The location of a result after the first `steps` steps. */
export type Result =
  & { readonly steps: number; readonly range: BufferRange }
  & (
    /** Codes; the range begins with the buffer's first pixel. */
    | { readonly kind: "codes"; readonly slice: Slice }
    /** f32 values. */
    | { readonly kind: "vector" }
    /** f32 values that become the result by softmax or by sigmoid. */
    | { readonly kind: "logits"; readonly activation: "softmax" | "sigmoid" }
  );

/** A graph planned for the GPU. Sizes are in bytes. */
export interface Plan
  extends Pick<LoweredGraph, "graph" | "image" | "arenaBytes"> {
  readonly bits: 7 | 8;
  readonly tile: ConvTile;
  readonly steps: readonly PlannedStep[];
  readonly outputs: ReadonlyMap<keyof Outputs, Result>;
  /**
   * A node whose kernel can't write its result, as its channels don't begin at a word
   * of the concatenation.
   */
  readonly misplaced: string | undefined;
  /** Weights and tables. */
  readonly modelBytes: number;
  /** The largest result. */
  readonly resultBytes: number;
  /** The fields of all steps. */
  readonly stepBytes: number;
}

/**
 * Plans a graph before any weight is known: the kernel of each step, and the size of the
 * two buffers. The model has the weights of each layer as a Totem file has them, followed
 * by the layer's table. The arena of an image has its activations, laid out as for the
 * WASM engine, followed by vectors of f32.
 */
export function planGraph(graph: Graph, bits: 7 | 8, tile: ConvTile): Plan {
  const { image, levels, outputs, arenaBytes, vectorBytes } = lowerGraph(graph);
  const largest = largestCodes(graph, bits);
  // The CPU computes the last step of a classifier.
  const last = levels.flat().find(isOfCpu);

  let modelBytes = 0;
  const claim = (bytes: number) => {
    const offset = modelBytes;
    modelBytes += Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
    return offset;
  };
  const planned = levels.map((steps) =>
    steps.filter((it) => !isOfCpu(it)).map((step): PlannedStep => {
      const weights = claim(weightBytes(step));
      const table = claim(tableBytes(step));
      const addresses = { arena: 0, vectors: arenaBytes, weights, table };
      const { invocations, ...call } = encodeStep(
        step,
        addresses,
        tile,
        largest,
      );
      const workgroups = Math.ceil(invocations / WORKGROUP);
      return { step, ...call, workgroups, weights, table };
    })
  );
  const steps = planned.flat();

  const rangeOf = ({ offset, length }: Vector): BufferRange => ({
    offset: arenaBytes + offset,
    bytes: 4 * length,
  });
  const results = new Map<keyof Outputs, Result>();
  for (const [output, { levels, place }] of outputs) {
    const steps = planned.slice(0, levels).flat().length;
    results.set(
      output,
      "buffer" in place
        ? { kind: "codes", steps, range: pixelsOf(place.buffer), slice: place }
        : place === last?.output
        ? {
          kind: "logits",
          activation: last.op,
          steps,
          range: rangeOf(last.input),
        }
        : { kind: "vector", steps, range: rangeOf(place) },
    );
  }
  return {
    graph,
    bits,
    tile,
    image,
    steps,
    outputs: results,
    misplaced: findMisplaced(levels.flat()),
    modelBytes,
    arenaBytes: arenaBytes + (last ? last.output.offset : vectorBytes),
    resultBytes: Math.max(
      ...Array.from(results.values(), ({ range }) => range.bytes),
    ),
    stepBytes: steps.length * STEP_STRIDE,
  };
}

function isOfCpu(step: Step): step is StepOf<"softmax" | "sigmoid"> {
  return step.op === "softmax" || step.op === "sigmoid";
}

/** Size of all buffers of a plan, in bytes. */
export function gpuBytes(
  { modelBytes, stepBytes, arenaBytes, resultBytes }: Plan,
): number {
  return modelBytes + stepBytes + CONCURRENCY * (arenaBytes + resultBytes);
}

/** The bytes of an activation, without the frame around it. */
function pixelsOf(
  { shape, offset, rowBytes, pixelBytes }: ActivationBuffer,
): BufferRange {
  const [height, width] = shape;
  return { offset, bytes: (height - 1) * rowBytes + width * pixelBytes };
}

function findMisplaced(steps: readonly Step[]): string | undefined {
  const found = steps.find((it) =>
    "node" in it && "channel" in it.output && it.output.channel % 4 !== 0
  );
  return found && "node" in found ? found.node.name : undefined;
}

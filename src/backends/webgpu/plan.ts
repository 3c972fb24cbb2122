/**
 * What the GPU does for a graph in int8, before any weight is known: the kernel of
 * each step and its numbers, and the memory of all, to the byte.
 *
 * There are two buffers. The model's has the layers' weights as a Totem file has
 * them, each before its table. An image's arena has its activations, laid out as in
 * the WASM engine's, and then vectors of f32.
 *
 * @module
 */
import type { Graph, Outputs } from "../../model/mod.ts";
import {
  type LoweredGraph,
  lowerGraph,
  type Result as LoweredResult,
  type Step,
  type Vector,
  weightBytes,
} from "../int8/lower.ts";
import type { ActivationBuffer, Slice } from "../int8/plan_activations.ts";
import { tableBytes } from "../int8/tables.ts";
import { type Dispatch, encodeStep, type GpuStep } from "./encode.ts";
import {
  CONCURRENCY,
  type ConvTile,
  STEP_STRIDE,
  VECTOR_BYTES,
} from "./layout.ts";

/** A step, where it lies in the model, and how its kernel is dispatched. */
export interface PlannedStep extends Dispatch {
  readonly step: GpuStep;
  /** Offset of the weights in the model, in bytes. */
  readonly weights: number;
  /** Offset of the table in the model, in bytes. */
  readonly table: number;
}

/** Consecutive bytes of the arena. */
export interface BufferRange {
  readonly offset: number;
  readonly bytes: number;
}

/** Where a result lies after the first `steps` steps. */
export type Result =
  & { readonly steps: number; readonly range: BufferRange }
  & (
    /** Codes; the range begins with the buffer's first pixel. */
    | { readonly kind: "codes"; readonly slice: Slice }
    /** f32 values. */
    | { readonly kind: "vector" }
    /** f32 values whose softmax is the result. */
    | { readonly kind: "logits" }
  );

/** All that the GPU does for a graph. Sizes are in bytes. */
export interface Plan
  extends Pick<LoweredGraph, "graph" | "image" | "arenaBytes"> {
  /** The bits of activations. */
  readonly bits: 7 | 8;
  /** How convolutions are computed. */
  readonly tile: ConvTile;
  readonly steps: readonly PlannedStep[];
  readonly outputs: ReadonlyMap<keyof Outputs, Result>;
  /**
   * A node whose kernel can't write its result, as its channels don't begin at a
   * whole word of the concatenation.
   */
  readonly misplaced: string | undefined;
  /** Size of the weights and tables. */
  readonly modelBytes: number;
  /** Size of the largest result. */
  readonly resultBytes: number;
  /** Size of the numbers of all steps. */
  readonly stepBytes: number;
}

/**
 * Plans a graph.
 *
 * @throws {GraphError} When a node has no int8 kernel.
 */
export function planGraph(graph: Graph, bits: 7 | 8, tile: ConvTile): Plan {
  const { image, levels, outputs, arenaBytes, vectorBytes } = lowerGraph(graph);
  const qmax = 2 ** bits - 1;
  // The CPU computes the softmax, which is the last step.
  const softmax = levels.flat().find((it) => it.op === "softmax");

  let modelBytes = 0;
  const claim = (bytes: number) => {
    const offset = modelBytes;
    modelBytes += Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
    return offset;
  };
  const planned = levels.map((steps) =>
    steps.filter((it) => it.op !== "softmax").map((step): PlannedStep => {
      const weights = claim(weightBytes(step));
      const table = claim(tableBytes(step));
      const addresses = { arena: 0, vectors: arenaBytes, weights, table };
      const dispatch = encodeStep(step, addresses, tile, qmax);
      return { step, weights, table, ...dispatch };
    })
  );
  const steps = planned.flat();

  const rangeOf = ({ offset, length }: Vector): BufferRange => ({
    offset: arenaBytes + offset,
    bytes: 4 * length,
  });
  const placeResult = (result: LoweredResult): Result => {
    const steps = planned.slice(0, result.levels).flat().length;
    if ("slice" in result) {
      const { slice } = result;
      return { kind: "codes", steps, range: pixelsOf(slice.buffer), slice };
    }
    return softmax && result.vector === softmax.output
      ? { kind: "logits", steps, range: rangeOf(softmax.input) }
      : { kind: "vector", steps, range: rangeOf(result.vector) };
  };
  const results = new Map(
    Array.from(outputs, ([output, it]) => [output, placeResult(it)]),
  );
  return {
    graph,
    bits,
    tile,
    image,
    steps,
    outputs: results,
    misplaced: findMisplaced(levels.flat()),
    modelBytes,
    arenaBytes: arenaBytes + (softmax ? softmax.output.offset : vectorBytes),
    resultBytes: Math.max(
      ...Array.from(results.values(), ({ range }) => range.bytes),
    ),
    stepBytes: steps.length * STEP_STRIDE,
  };
}

/** Memory of the GPU that a plan takes: that of all buffers, in bytes. */
export function gpuBytes(
  { modelBytes, stepBytes, arenaBytes, resultBytes }: Plan,
): number {
  return modelBytes + stepBytes + CONCURRENCY * (arenaBytes + resultBytes);
}

/** The pixels of an activation. */
function pixelsOf(
  { shape, offset, rowBytes, pixelBytes }: ActivationBuffer,
): BufferRange {
  const [height, width] = shape;
  return { offset, bytes: (height - 1) * rowBytes + width * pixelBytes };
}

function findMisplaced(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    if ("node" in step && "channel" in step.output && step.output.channel % 4) {
      return step.node.name;
    }
  }
  return undefined;
}

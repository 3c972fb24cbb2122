import type { Activation } from "../../model/graph.ts";
import { type Slice, windowPadding } from "./plan_activations.ts";
import type { GlobalPoolStep, StepOf } from "./lower.ts";

/** The kernels' codes for a dense layer's activation. */
const RELU: Record<Activation, 0 | 1> = { linear: 0, relu: 1 };

type ConvStep = StepOf<"conv">;
type PoolStep = StepOf<"maxPool" | "avgPool">;

/**
 * How a backend's kernels address memory. Addresses and distances in a step's fields are
 * in `unit`; other fields count pixels, channels or values.
 */
export interface AddressSpace {
  /** Start of the activations, in bytes. */
  readonly arena: number;
  /** Start of the vectors, in bytes. */
  readonly vectors: number;
  /** Bytes between two addresses: 1, or 4 where kernels address words. */
  readonly unit: 1 | 4;
}

export function borderFields(
  { output }: StepOf<"border">,
  { arena, unit }: AddressSpace,
) {
  const { shape, pixelBytes, rowBytes, frameX, frameY, offset } = output;
  const before = frameY * rowBytes + frameX * pixelBytes;
  return {
    start: (arena + offset - before) / unit,
    before: before / unit,
    inside: shape[1] * pixelBytes / unit,
    between: frameX * pixelBytes / unit,
    rows: shape[0],
  };
}

export function convFields(step: ConvStep, space: AddressSpace) {
  const { node: { kernel }, input, output } = step;
  const [height, width] = output.buffer.shape;
  return {
    ...windowFields(step, space),
    run: kernel[1] * input.buffer.pixelBytes / space.unit,
    kernelRows: kernel[0],
    pixels: height * width,
  };
}

export function poolFields(step: PoolStep, space: AddressSpace) {
  return {
    ...windowFields(step, space),
    inputPixel: step.input.buffer.pixelBytes / space.unit,
    size: step.node.size,
  };
}

/** The fields of an average pool in addition to {@linkcode poolFields}. */
export function averageFields({ node, input }: StepOf<"avgPool">) {
  const { shape } = input.buffer;
  const [[paddingY], [paddingX]] = windowPadding(node, shape);
  return {
    stride: node.stride,
    paddingX,
    paddingY,
    inputWidth: shape[1],
    inputHeight: shape[0],
    countIncludePad: Number(node.countIncludePad),
  };
}

export function globalPoolFields(
  { input, output }: GlobalPoolStep,
  { arena, vectors, unit }: AddressSpace,
) {
  const { shape, pixelBytes, rowBytes } = input.buffer;
  return {
    input: (arena + sliceOffset(input)) / unit,
    inputPixel: pixelBytes / unit,
    inputRow: rowBytes / unit,
    width: shape[1],
    height: shape[0],
    output: (vectors + output.offset) / unit,
  };
}

export function denseFields(
  { node, input, output }: StepOf<"dense">,
  { vectors, unit }: AddressSpace,
) {
  return {
    input: (vectors + input.offset) / unit,
    inputs: input.length,
    output: (vectors + output.offset) / unit,
    relu: RELU[node.activation],
  };
}

/** How windows move over the input, and results over the output. */
function windowFields(
  { node, input, output }: ConvStep | PoolStep,
  { arena, unit }: AddressSpace,
) {
  const { shape, pixelBytes, rowBytes } = input.buffer;
  const [[paddingY], [paddingX]] = windowPadding(node, shape);
  const padding = paddingY * rowBytes + paddingX * pixelBytes;
  return {
    input: (arena + sliceOffset(input) - padding) / unit,
    inputStepX: node.stride * pixelBytes / unit,
    inputStepY: node.stride * rowBytes / unit,
    inputRow: rowBytes / unit,
    output: (arena + sliceOffset(output)) / unit,
    outputStepX: output.buffer.pixelBytes / unit,
    outputStepY: output.buffer.rowBytes / unit,
    width: output.buffer.shape[1],
  };
}

/** The first byte of a slice in the arena. */
function sliceOffset({ buffer, channel }: Slice): number {
  return buffer.offset + channel;
}

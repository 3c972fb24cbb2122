/** Places activations in the memory of a {@linkcode Bench}, like a plan. */
import fc from "npm:fast-check@4.10.2";
import type { Slice } from "../../../../src/backends/int8/plan_activations.ts";
import {
  inferShapes,
  INPUT,
  type Node,
  type Shape,
} from "../../../../src/model/mod.ts";
import { samePadding } from "../../../../src/model/shapes.ts";
import type { Bench } from "./kernels.ts";
import { border, type Codes, type Window } from "./reference.ts";

/** XOR mask between codes and their bytes where activations are signed. */
export const SIGNED = 0x80808080;

/** The surroundings of an activation: a frame of pixels, and other channels. */
export interface Surroundings {
  readonly frameY: number;
  readonly frameX: number;
  readonly before: number;
  readonly after: number;
}

export const surroundings = fc.record({
  frameY: fc.nat({ max: 2 }),
  frameX: fc.nat({ max: 2 }),
  before: fc.nat({ max: 9 }),
  after: fc.nat({ max: 20 }),
});

/** 0 or {@linkcode SIGNED}. */
export const signMasks = fc.constantFrom(0, SIGNED);

/** Heights and widths in pixels, from 1 to `max`. */
export const sides = (max: number) =>
  fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

/** The output shape of a window, and input sides that fit it. */
export function slideOver(
  [height, width]: readonly [number, number],
  channels: number,
  kernel: readonly [height: number, width: number],
  window: Window,
  outputs = channels,
): { input: Shape; output: Shape } {
  const valid = window.padding === "valid";
  const input: Shape = [
    valid ? Math.max(height, kernel[0]) : height,
    valid ? Math.max(width, kernel[1]) : width,
    channels,
  ];
  const node: Node = {
    op: "conv",
    name: "conv",
    input: INPUT,
    kernel,
    channels: outputs,
    batchNorm: false,
    activation: "relu",
    ...window,
  };
  const graph = { input, nodes: [node], outputs: { features: "conv" } };
  return { input, output: inferShapes(graph).get("conv")! };
}

/** The frame that a window reads, in pixels. */
export function frameOf(
  [height, width]: Shape,
  kernel: readonly [height: number, width: number],
  { stride, padding }: Window,
): { frameY: number; frameX: number } {
  if (padding === "valid") return { frameY: 0, frameX: 0 };
  return {
    frameY: Math.max(...samePadding(height, kernel[0], stride)),
    frameX: Math.max(...samePadding(width, kernel[1], stride)),
  };
}

/** Reserves memory for an activation, filled with noise. */
export function claimSlice(
  bench: Bench,
  shape: Shape,
  { frameY, frameX, before, after }: Surroundings,
): Slice {
  const [height, width, channels] = shape;
  const all = before + channels + after;
  const pixelBytes = Math.ceil(all / 4) * 4;
  const rowBytes = (width + frameX) * pixelBytes;
  const frame = frameY * rowBytes + frameX * pixelBytes;
  const start = bench.claim(
    (height + 2 * frameY) * rowBytes + frameX * pixelBytes,
  );
  return {
    buffer: {
      shape: [height, width, all],
      pixelBytes,
      rowBytes,
      frameY,
      frameX,
      offset: start + frame,
    },
    channel: before,
    channels,
  };
}

/** Puts an activation, in a frame of zeros, into memory for a kernel to read. */
export function putCodes(
  bench: Bench,
  codes: Codes,
  around: Surroundings,
  signMask: number,
): Slice {
  const slice = claimSlice(bench, codes.shape, around);
  border(bench.memory, slice.buffer, signMask & 255);
  writeCodes(bench.memory, slice, codes.values, signMask);
  return slice;
}

/** Writes the channels of a slice, and no other bytes. */
export function writeCodes(
  memory: Uint8Array,
  { buffer, channel, channels }: Slice,
  codes: Uint8Array,
  signMask: number,
): void {
  const [height, width] = buffer.shape;
  const { offset, pixelBytes, rowBytes } = buffer;
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = offset + y * rowBytes + x * pixelBytes + channel;
      for (let c = 0; c < channels; c++) {
        memory[at + c] = codes[i++]! ^ signMask & 255;
      }
    }
  }
}

/** The address of a slice's first pixel. */
export function addressOf({ buffer, channel }: Slice): number {
  return buffer.offset + channel;
}

/** The fields of a record that describe a window's movement. */
export function windowFields(
  input: Slice,
  output: Slice,
  kernel: readonly [height: number, width: number],
  window: Window,
) {
  const { pixelBytes, rowBytes } = input.buffer;
  const [y, x] = paddingOf(input.buffer.shape, kernel, window);
  return {
    input: addressOf(input) - y * rowBytes - x * pixelBytes,
    inputStepX: window.stride * pixelBytes,
    inputStepY: window.stride * rowBytes,
    inputRow: rowBytes,
    output: addressOf(output),
    outputStepX: output.buffer.pixelBytes,
    outputStepY: output.buffer.rowBytes,
  };
}

/** The number of padding pixels before the input. */
export function paddingOf(
  [height, width]: Shape,
  kernel: readonly [height: number, width: number],
  { stride, padding }: Window,
): [y: number, x: number] {
  if (padding === "valid") return [0, 0];
  return [
    samePadding(height, kernel[0], stride)[0],
    samePadding(width, kernel[1], stride)[0],
  ];
}

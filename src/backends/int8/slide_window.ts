/**
 * How windows move over an activation's memory.
 *
 * @module
 */
import type { WindowNode } from "../../model/mod.ts";
import { samePadding } from "../../model/shapes.ts";
import type { Slice } from "./place_activations.ts";

/** `[height, width]` in pixels. */
type Extent = readonly [height: number, width: number];

/** Where windows stand and how far they move, in bytes of the arena. */
export interface WindowMoves {
  /** The first window's first byte, in the frame where it pads. */
  readonly input: number;
  readonly inputStepX: number;
  readonly inputStepY: number;
  /** From a row of a window to the next. */
  readonly inputRow: number;
  /** The first result. */
  readonly output: number;
  readonly outputStepX: number;
  readonly outputStepY: number;
}

/** How a window of `kernel`'s extent moves over `input`. */
export function slideWindow(
  input: Slice,
  output: Slice,
  window: WindowNode<string>,
  kernel: Extent,
): WindowMoves {
  const { pixelBytes, rowBytes } = input.storage;
  const [paddingY, paddingX] = paddingOf(input, window, kernel);
  return {
    input: input.storage.offset + input.channel - paddingY * rowBytes -
      paddingX * pixelBytes,
    inputStepX: window.stride * pixelBytes,
    inputStepY: window.stride * rowBytes,
    inputRow: rowBytes,
    output: output.storage.offset + output.channel,
    outputStepX: output.storage.pixelBytes,
    outputStepY: output.storage.rowBytes,
  };
}

/** How many pixels before the input the first window begins. */
export function paddingOf(
  { storage: { shape } }: Slice,
  { stride, padding }: WindowNode<string>,
  kernel: Extent,
): [y: number, x: number] {
  if (padding === "valid") return [0, 0];
  return [
    samePadding(shape[0], kernel[0], stride)[0],
    samePadding(shape[1], kernel[1], stride)[0],
  ];
}

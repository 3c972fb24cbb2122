import { INPUT } from "../../model/mod.ts";
import { panelCount, type StepOf } from "../int8/lower.ts";
import type { WinogradKind } from "./kernel_config.ts";
import type { ConvTasks } from "./conv_tasks.ts";
import {
  LINE_BYTES,
  TABLE_BYTES,
  TASK_PIXELS,
  WINOGRAD_BYTES,
} from "./records.ts";

/** Upper bound of the bytes of the tiles that Winograd's kernels transform for a task. */
const TRANSFORMED_BYTES = 128 * 1024;

/**
 * The convolutions that Winograd kernels accept; see `kernels/winograd.ts` and
 * `winograd_line.ts`.
 */
const WINOGRAD = {
  convWinograd: {
    kernels: ["3,3"],
    /** The height and width of a tile of the output, along the kernel's sides. */
    tile: 4,
    /** The maximum number of input channels: with more, sums may overflow. */
    channels: 112,
    scratch: WINOGRAD_BYTES,
    weightBytes: 576,
    tileBytes: 72,
  },
  convWinogradLine: {
    kernels: ["1,7", "7,1"],
    tile: 3,
    channels: 512,
    scratch: LINE_BYTES,
    weightBytes: 192,
    tileBytes: 24,
  },
} as const satisfies Record<WinogradKind, unknown>;

export const WINOGRAD_KINDS = Object.keys(WINOGRAD) as WinogradKind[];

/**
 * Splits a convolution that a kernel of `kinds` computes exactly; null if none does.
 */
export function splitWinograd(
  step: StepOf<"conv">,
  kinds: readonly WinogradKind[],
): ConvTasks | null {
  const { node: { kernel, stride, input }, output: { buffer } } = step;
  const { pixelBytes } = step.input.buffer;
  if (stride !== 1 || input === INPUT || pixelBytes % 8 !== 0) return null;
  for (const kind of kinds) {
    const { kernels, tile, channels, ...bytes } = WINOGRAD[kind];
    if (!(kernels as readonly string[]).includes(`${kernel}`)) continue;
    if (pixelBytes > channels) return null;
    const [rows, columns] = kernel.map((side, i) =>
      buffer.shape[i]! / (side === 1 ? 1 : tile)
    ) as [number, number];
    if (Math.min(rows, columns) < 1) return null;
    const tiles = Math.ceil(rows) * Math.ceil(columns);
    const fitting =
      Math.floor(TRANSFORMED_BYTES / (bytes.tileBytes * pixelBytes) / 4) * 4;
    const least = Math.ceil(tiles / Math.min(fitting, TASK_PIXELS));
    // Two threads share an even number of blocks best.
    const blocks = least === 1 ? 1 : least + least % 2;
    const taskPixels = Math.ceil(tiles / blocks / 4) * 4;
    return {
      tasks: Math.ceil(tiles / taskPixels),
      winograd: kind,
      taskPixels,
      taskPanels: panelCount(step),
      isWide: false,
      scratchBytes: bytes.scratch - TABLE_BYTES +
        pixelBytes * (bytes.weightBytes + bytes.tileBytes * taskPixels),
    };
  }
  return null;
}

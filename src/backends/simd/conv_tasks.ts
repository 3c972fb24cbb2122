import type { WinogradKind } from "./kernel_config.ts";

/** How a convolution is split into tasks. */
export interface ConvTasks {
  readonly tasks: number;
  /**
   * The plain kernel that computes it by Winograd tiles, in which case `taskPixels`
   * counts tiles; null if a kernel reads windows.
   */
  readonly winograd: WinogradKind | null;
  /** Output pixels and panels of 8 output channels per task. */
  readonly taskPixels: number;
  readonly taskPanels: number;
  /** Scratch bytes that a task needs in addition to its table of pixels. */
  readonly scratchBytes: number;
  /** Whether it runs on a wide kernel. */
  readonly isWide: boolean;
}

import type { WinogradKind } from "./kernel_config.ts";

/** How a convolution is split into tasks. */
export interface ConvTasks {
  readonly tasks: number;
  /**
   * The plain kernel that computes it by Winograd's tiles, which `taskPixels` counts; null
   * where a kernel takes its windows.
   */
  readonly winograd: WinogradKind | null;
  /** Output pixels and panels of 8 output channels of a task. */
  readonly taskPixels: number;
  readonly taskPanels: number;
  /** Scratch that a task needs besides its table of pixels. */
  readonly scratchBytes: number;
  /** Whether it runs on a wide kernel. */
  readonly isWide: boolean;
}

// Made by `deno task build` from `kernels/shared.ts`.
// deno-fmt-ignore-file
export const MAP_BYTES = 8;
/** Numbers of `Color`. */
export const COLOR = { grey: 0, YCC: 1, RGB: 2, CMYK: 3, YCCK: 4, } as const;
export const HUFFMAN_BYTES = 2448;
/** Offsets of a `Component`. */
export const COMPONENT = { h: 0, v: 4, side: 8, samples: 12, ring: 16,
  stride: 20, width: 24, height: 28, expandX: 32, expandY: 36, smooth: 40,
  factors: 44, places: 48, neededLow: 52, neededHigh: 56, blocks: 60,
  blocksAcross: 64, blockBytes: 68, dcTable: 72, acTable: 76, prediction: 80,
  } as const;
export const COMPONENT_BYTES = 84;
/** Offsets of a `Frame`. */
export const FRAME = { components: 0, component0: 4, component1: 8,
  component2: 12, component3: 16, color: 20, left: 24, right: 28,
  firstColumn: 32, endColumn: 36, block: 40, lines: 44, lineBytes: 48,
  } as const;
export const FRAME_BYTES = 52;
export const NOWHERE = 64;
/** Offsets of a `Scan`. */
export const SCAN = { frame: 0, kind: 4, components: 8, component0: 12,
  component1: 16, component2: 20, component3: 24, columns: 28,
  restartInterval: 32, firstCoefficient: 36, lastCoefficient: 40, shift: 44,
  row: 48, visible: 52, position: 56, end: 60, isLast: 64, column: 68,
  sinceRestart: 72, nextRestart: 76, endOfBandRun: 80, starved: 84, padding: 88,
  count: 92, } as const;
export const SCAN_BYTES = 104;
/** Numbers of `ScanKind`. */
export const SCAN_KIND = { immediate: 0, sequential: 1, firstDc: 2, refineDc: 3,
  firstAc: 4, refineAc: 5, } as const;
export const COEFFICIENTS = 80;
export const FIXED_BYTES = 1408;

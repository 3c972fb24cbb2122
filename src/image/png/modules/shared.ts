// Made by `deno task build` from `kernels/shared.ts`.
// deno-fmt-ignore-file
/** Numbers of `PixelKind`. */
export const PIXEL_KIND = { indexed: 0, rgb: 1, greyAlpha: 2, rgbAlpha: 3,
  grey16: 4, rgb16: 5, greyAlpha16: 6, rgbAlpha16: 7, } as const;
export const REACH = 32768;
export const FIXED_BYTES = 19520;
/** Numbers of `Status`. */
export const STATUS = { ready: 0, needsInput: 1, damaged: 2, endedEarly: 3,
  badChecksum: 4, surplus: 5, needsRoom: 6, done: 7, } as const;

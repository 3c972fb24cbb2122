import type { Box } from "./fit.ts";
import type { Pixels } from "./pixels.ts";

/**
 * TensorFlow's `resize_bilinear` with `half_pixel_centers=True` on the box cut
 * out of the image, in single precision, rounded to the nearest level.
 * It doesn't antialias. `tensorflow/core/kernels/image/resize_bilinear_op.cc`.
 *
 * @param image Opaque; alpha is ignored.
 * @param box Inside the image, in whole pixels.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 */
export function resizeHalfPixel(image: Pixels, box: Box, size: number): Pixels {
  const columns = samples(box.left, box.width, size);
  const rows = samples(box.top, box.height, size);
  const { data, width } = image;
  const out = new Uint8ClampedArray(size * size * 4);
  let to = 0;
  for (let y = 0; y < size; y++) {
    const upper = rows.lower[y]! * width;
    const lower = rows.upper[y]! * width;
    const fy = rows.fraction[y]!;
    for (let x = 0; x < size; x++) {
      const left = columns.lower[x]!;
      const right = columns.upper[x]!;
      const fx = columns.fraction[x]!;
      for (let channel = 0; channel < 3; channel++) {
        const top = lerp(
          data[(upper + left) * 4 + channel]!,
          data[(upper + right) * 4 + channel]!,
          fx,
        );
        const bottom = lerp(
          data[(lower + left) * 4 + channel]!,
          data[(lower + right) * 4 + channel]!,
          fx,
        );
        out[to++] = Math.round(lerp(top, bottom, fy));
      }
      out[to++] = 255;
    }
  }
  return { data: out, width: size, height: size };
}

/** For each output position, the two inputs it lies between, and how far. */
interface Samples {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly fraction: Float32Array;
}

function samples(offset: number, length: number, size: number): Samples {
  const scale = Math.fround(length / size);
  const lower = new Int32Array(size);
  const upper = new Int32Array(size);
  const fraction = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const at = Math.fround(Math.fround((i + 0.5) * scale) - 0.5);
    const floor = Math.floor(at);
    lower[i] = offset + Math.max(floor, 0);
    upper[i] = offset + Math.min(Math.ceil(at), length - 1);
    fraction[i] = at - floor;
  }
  return { lower, upper, fraction };
}

function lerp(from: number, to: number, fraction: number): number {
  const step = Math.fround(Math.fround(to - from) * fraction);
  return Math.fround(from + step);
}

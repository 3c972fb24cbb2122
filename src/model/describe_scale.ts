import type { PixelScale } from "./network.ts";

/** `-1..1`, or the mean and the standard deviation of each channel. */
export function describeScale({ scale, offset }: PixelScale): string {
  const same = (values: readonly number[]) =>
    values.every((it) => it === values[0]);
  if (same(scale) && same(offset)) {
    const [from, to] = [offset[0], scale[0] * 255 + offset[0]];
    return `${rounded(from)}..${rounded(to)}`;
  }
  const means = offset.map((it, c) => rounded(-it / scale[c]! / 255));
  const deviations = scale.map((it) => rounded(1 / (it * 255)));
  return `of mean ${means.join(" ")} and deviation ${deviations.join(" ")}`;
}

/** Rounds to three digits after the point. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000 + 0; // -0 is 0.
}

import type { Pixels } from "../../../src/image/mod.ts";
import { fromRgb } from "../fixtures.ts";

const FOLDER = new URL("../../data/images/animations/", import.meta.url);

/** An animation, or a still image of the same format, and its expected frames. */
export interface AnimationCase {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** When each frame is first shown, in seconds. */
  readonly times: readonly number[];
  /** The largest difference of a frame, in levels. */
  readonly tolerance: number;
  readonly note: string;
}

export const CASES: readonly AnimationCase[] = JSON.parse(
  Deno.readTextFileSync(new URL("animations.json", FOLDER)),
);

export function animation(file: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(file, FOLDER));
}

/** The expected pixels of a frame. */
export function expectedFrame(
  { file, width, height }: AnimationCase,
  index: number,
): Pixels {
  const bytes = width * height * 3;
  const all = animation(`${file}.rgb`);
  return fromRgb(
    all.subarray(index * bytes, (index + 1) * bytes),
    width,
    height,
  );
}

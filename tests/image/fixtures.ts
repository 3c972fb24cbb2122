import { decodeImage, type Pixels } from "../../src/image/mod.ts";

const FOLDER = new URL("../data/images/", import.meta.url);

/** A file that must decode to raw RGB rows within `tolerance` levels. */
export interface DecodeCase {
  readonly file: string;
  readonly expected: string;
  readonly width: number;
  readonly height: number;
  readonly tolerance: number;
  readonly note: string;
}

/** A source whose crop box, resized to a square, must equal a PNG. */
export interface ResizeCase {
  readonly source: string;
  readonly expected: string;
  readonly method: "antialiased" | "half-pixel";
  readonly size: number;
  readonly box: { left: number; top: number; width: number; height: number };
}

export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, FOLDER));
}

export function decodeFixture(name: string): Promise<Pixels> {
  return decodeImage(fixture(name));
}

export const DECODE_CASES: readonly DecodeCase[] = json("decode.json");
export const RESIZE_CASES: readonly ResizeCase[] = json("resize.json");

function json<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER)));
}

/** The largest difference of any channel; alpha of both must be 255. */
export function maxDifference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`${a.width}x${a.height} against ${b.width}x${b.height}`);
  }
  let max = 0;
  for (let i = 0; i < a.data.length; i++) {
    if (i % 4 === 3 && (a.data[i] !== 255 || b.data[i] !== 255)) {
      throw new Error(`pixel ${(i - 3) / 4} isn't opaque`);
    }
    max = Math.max(max, Math.abs(a.data[i]! - b.data[i]!));
  }
  return max;
}

/** Raw RGB rows as opaque pixels. */
export function fromRgb(
  rgb: Uint8Array,
  width: number,
  height: number,
): Pixels {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
  }
  return { data, width, height };
}

/** A `width` x `height` image of one colour. */
export function plain(
  width: number,
  height: number,
  rgba: readonly [number, number, number, number],
): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set(rgba, i);
  return { data, width, height };
}

/** Deterministic opaque pixels without a short period. */
export function noise(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  let state = width * 7919 + height;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[i] = i % 4 === 3 ? 255 : state >>> 24;
  }
  return { data, width, height };
}

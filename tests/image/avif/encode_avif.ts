import encode from "@jsquash/avif/encode.js";
import { noise } from "../../random.ts";

/** An AVIF of `side` x `side` grey pixels: a small file. */
export function blankAvif(side: number): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8ClampedArray(4 * side * side).fill(200);
  return encodeAvif(data, side);
}

/** An AVIF of `side` x `side` random pixels with alpha: more than a byte per pixel. */
export function noisyAvif(side: number): Promise<Uint8Array<ArrayBuffer>> {
  return encodeAvif(Uint8ClampedArray.from(noise(side)), side);
}

async function encodeAvif(
  data: Uint8ClampedArray<ArrayBuffer>,
  side: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = new ImageData(data, side, side);
  return new Uint8Array(await encode(image, { speed: 9, quality: 90 }));
}

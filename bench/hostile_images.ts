/**
 * Images of few bytes that are expensive for a server. Most are within its limits, so
 * that it has to decode them; it must refuse the others quickly.
 *
 * @module
 */
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { deflateSync } from "node:zlib";
import { crc32 } from "../src/io/crc32.ts";
import { makePng } from "../tests/image/png/make_png.ts";

/** An image and its content type, ready to send. */
export interface HostileImage {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Makes all hostile images. */
export async function hostileImages(): Promise<HostileImage[]> {
  const type = "image/png";
  const gray = { color: 0, depth: 1 };
  const photo = await noisyJpeg(3000);
  return [
    {
      name: "PNG of 49 megapixels",
      type,
      bytes: makePng({ width: 7000, height: 7000, ...gray }),
    },
    {
      name: "PNG of 16 megapixels, interlaced",
      type,
      bytes: makePng({
        width: 4000,
        height: 4000,
        color: 6,
        depth: 8,
        interlaced: true,
      }),
    },
    {
      name: "PNG of 65,535 x 700",
      type,
      bytes: makePng({ width: 65_535, height: 700, ...gray }),
    },
    {
      name: "PNG of 1 x 50,000,000",
      type,
      bytes: resized(makePng({ width: 1, height: 1, ...gray }), 1, 5e7),
    },
    {
      name: "PNG that inflates to 256 MB",
      type,
      bytes: makePng({
        width: 9,
        height: 9,
        ...gray,
        deflate: () => deflateSync(new Uint8Array(2 ** 28)),
      }),
    },
    {
      name: "JPEG of 9 megapixels, progressive",
      type: "image/jpeg",
      bytes: photo,
    },
    {
      name: "the same, cut",
      type: "image/jpeg",
      bytes: photo.slice(0, photo.length >> 1),
    },
    {
      name: "garbage",
      type: "image/webp",
      bytes: new Uint8Array(2 ** 20),
    },
  ];
}

/** A PNG whose header states another size than its data has. */
function resized(
  png: Uint8Array<ArrayBuffer>,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(png.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(png.subarray(12, 29)));
  return png;
}

/** A progressive JPEG in which every block has nonzero coefficients. */
async function noisyJpeg(side: number): Promise<Uint8Array<ArrayBuffer>> {
  const image = new ImageData(side, side);
  const words = new Uint32Array(image.data.buffer);
  let state = 1;
  for (let i = 0; i < words.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    words[i] = state | 0xff000000;
  }
  return new Uint8Array(await encodeJpeg(image, { quality: 30 }));
}

import type { TimeSlice } from "../../async/yield.ts";
import { freeBytes } from "../../io/free_bytes.ts";
import { allocatePixels } from "../allocate.ts";
import { MAX_KEPT_BYTES } from "../idle.ts";
import type { DecodeJob } from "../format.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { corrupt } from "./chunks.ts";
import { type Data, openData } from "./data.ts";
import { type PngKernels, withKernels } from "./kernels.ts";
import { type Layout, MARGIN, planMemory } from "./layout.ts";
import { type ParsedPng, parsePng } from "./parse.ts";
import { adam7Passes } from "./passes.ts";

type PngJob = Pick<DecodeJob, "bytes" | "claimMemory" | "timeSlice">;

/**
 * Decodes a PNG of any kind row by row to 8 bits (the upper ones of 16), over white. Of
 * an animation, the default image is decoded. Colour profiles and gamma aren't applied.
 */
export async function decodePngRows(
  { bytes, claimMemory, timeSlice }: PngJob,
  take: TakeRows,
): Promise<void> {
  const png = parsePng(bytes);
  claimMemory(planMemory(png.width, bytesPerRow(png, png.width)).bytes);
  await decodeParsed(bytes, png, timeSlice, take);
}

/**
 * Decodes a parsed PNG or frame.
 *
 * It needs about 200 KB, 4 bytes per pixel of a row, and twice a stored row. An
 * interlaced image is kept in memory until all passes are decoded.
 */
export async function decodeParsed(
  bytes: Uint8Array,
  png: ParsedPng,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  // A larger image isn't kept for later images, and is freed sooner in memory of its
  // own.
  const imageBytes = png.interlaced ? png.width * png.height * 4 : 0;
  const isInside = imageBytes < MAX_KEPT_BYTES;
  const layout = planMemory(
    png.width,
    bytesPerRow(png, png.width),
    isInside ? imageBytes : 0,
  );
  await withKernels(layout.bytes, async (kernels) => {
    new Uint8Array(kernels.memory.buffer).set(png.colors.table, layout.table);
    const data = openData(kernels, layout, bytes, png.data);
    const decoder = { kernels, layout, png, data, timeSlice };
    if (png.interlaced) {
      const { buffer } = kernels.memory;
      const image = isInside
        ? new Uint8ClampedArray(buffer, layout.image, imageBytes)
        : allocatePixels(png.width, png.height);
      try {
        await decodePasses(decoder, image, take);
      } finally {
        if (!isInside) freeBytes(image);
      }
    } else await decodePass(decoder, png, take);
    while (!data.finish()) if (timeSlice.isOver()) await timeSlice.yield();
  });
}

interface Decoder {
  readonly kernels: PngKernels;
  readonly layout: Layout;
  readonly png: ParsedPng;
  readonly data: Data;
  readonly timeSlice: TimeSlice;
}

/** @param data RGBA of the whole image; every pixel is overwritten. */
async function decodePasses(
  decoder: Decoder,
  data: Uint8ClampedArray,
  take: TakeRows,
): Promise<void> {
  const { width, height } = decoder.png;
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height);
  for (const pass of adam7Passes(width, height)) {
    const { x, y, stepX, stepY } = pass;
    await decodePass(decoder, pass, ({ buffer, byteOffset }, row) => {
      const from = new Uint32Array(buffer, byteOffset, pass.width);
      let to = (y + row * stepY) * width + x;
      for (let i = 0; i < from.length; i++, to += stepX) words[to] = from[i]!;
    });
  }
  await emitRows({ data, width, height }, decoder.timeSlice, take);
}

/** Decodes the rows of an image or a pass. */
async function decodePass(
  { kernels, layout, png, data, timeSlice }: Decoder,
  { width, height }: { readonly width: number; readonly height: number },
  take: TakeRows,
): Promise<void> {
  const { kind, depth, bits, key, isStraight } = png.colors;
  const pixelBytes = Math.ceil(bits / 8);
  const rowBytes = bytesPerRow(png, width);
  const memory = new Uint8Array(kernels.memory.buffer);
  const { table, pixels } = layout;
  const rgba = memory.subarray(pixels, pixels + width * 4);
  let [row, above] = layout.rows;
  memory.fill(0, above - MARGIN, above + rowBytes);
  for (let y = 0; y < height; y++) {
    while (!data.read(row - 1, rowBytes + 1)) {
      if (timeSlice.isOver()) await timeSlice.yield();
    }
    const filter = memory[row - 1]!;
    memory.fill(0, row - MARGIN, row);
    if (!kernels.unfilterRow(filter, row, above, rowBytes, pixelBytes)) {
      throw corrupt(`it is damaged: a row's filter is ${filter}`);
    }
    kernels.expandRow(
      kind,
      depth,
      row,
      pixels,
      width,
      table,
      key,
      isStraight,
    );
    take(rgba, y);
    [row, above] = [above, row];
    if (timeSlice.isOver()) await timeSlice.yield();
  }
}

function bytesPerRow({ colors }: ParsedPng, width: number): number {
  return Math.ceil(width * colors.bits / 8);
}

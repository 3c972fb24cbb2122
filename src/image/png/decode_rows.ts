import type { TimeSlice } from "../../async/yield.ts";
import { allocatePixels } from "../allocate_pixels.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { corrupt } from "./chunks.ts";
import { type Data, openData } from "./data.ts";
import { type PngKernels, withKernels } from "./kernels.ts";
import { type Layout, MARGIN, planMemory } from "./layout.ts";
import { type ParsedPng, parsePng } from "./parse.ts";
import { passesOf } from "./passes.ts";

/**
 * Decodes a PNG of any kind row by row, and hands out its pixels as they are stored:
 * 8 bits (the upper ones of 16), the palette looked up, alpha composited over white.
 * An animation gives its default image. Colour profiles and gamma aren't applied.
 *
 * It takes about 200 KB, and of a row 4 bytes a pixel and twice its own. An
 * interlaced image is in memory as a whole until all of it is there.
 *
 * @throws {CorruptImageError} When it is cut short or damaged.
 * @throws {ImageTooLargeError} When memory can't be had.
 * @throws {AbortedError} When the time slice's signal fires.
 */
export async function decodePngRows(
  bytes: Uint8Array,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const png = parsePng(bytes);
  const layout = planMemory(png.width, rowBytesOf(png, png.width));
  await withKernels(layout.bytes, async (kernels) => {
    new Uint8Array(kernels.memory.buffer).set(png.colors.table, layout.table);
    const data = openData(kernels, layout, bytes, png.firstData);
    if (png.interlaced) {
      const whole = await decodePasses(kernels, layout, png, data, timeSlice);
      await emitRows(whole, timeSlice, take);
    } else {
      await decodePass(
        kernels,
        layout,
        png,
        png,
        data,
        timeSlice,
        (pixels, row) => {
          take(pixels, row);
        },
      );
    }
    while (!data.finish()) if (timeSlice.isOver()) await timeSlice.yield();
  });
}

/** The whole of an interlaced image. */
async function decodePasses(
  kernels: PngKernels,
  layout: Layout,
  png: ParsedPng,
  data: Data,
  timeSlice: TimeSlice,
) {
  const { width, height } = png;
  const image = { data: allocatePixels(width, height), width, height };
  const words = new Uint32Array(image.data.buffer);
  for (const pass of passesOf(width, height)) {
    const { x, y, stepX, stepY } = pass;
    await decodePass(
      kernels,
      layout,
      png,
      pass,
      data,
      timeSlice,
      (pixels, row) => {
        const from = new Uint32Array(
          pixels.buffer,
          pixels.byteOffset,
          pass.width,
        );
        let to = (y + row * stepY) * width + x;
        for (let i = 0; i < from.length; i++, to += stepX) words[to] = from[i]!;
      },
    );
  }
  return image;
}

/** Decodes the rows of an image, or of a pass. */
async function decodePass(
  kernels: PngKernels,
  layout: Layout,
  png: ParsedPng,
  { width, height }: { readonly width: number; readonly height: number },
  data: Data,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const { kind, depth, bits, key } = png.colors;
  const pixelBytes = Math.ceil(bits / 8);
  const rowBytes = rowBytesOf(png, width);
  const memory = new Uint8Array(kernels.memory.buffer);
  const pixels = memory.subarray(layout.pixels, layout.pixels + width * 4);
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
      layout.pixels,
      width,
      layout.table,
      key,
    );
    take(pixels, y);
    [row, above] = [above, row];
    if (timeSlice.isOver()) await timeSlice.yield();
  }
}

function rowBytesOf({ colors }: ParsedPng, width: number): number {
  return Math.ceil(width * colors.bits / 8);
}

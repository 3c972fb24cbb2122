/** Writes JPEGs by hand, mainly invalid ones. */

/** A segment: a marker's code, and the body after its length. */
export function segment(marker: number, body: readonly number[]): number[] {
  const length = body.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...body];
}

/** The fields of a frame header. */
export interface HandMadeFrame {
  readonly progressive?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Sampling factors of each component, 16 times horizontal plus vertical. */
  readonly sampling?: readonly number[];
}

/** SOF0 or SOF2, of components 1, 2, ... with quantization table 0. */
export function frame(
  { progressive = false, width = 8, height = 8, sampling = [0x11] }:
    HandMadeFrame,
): number[] {
  return segment(progressive ? 0xc2 : 0xc0, [
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    sampling.length,
    ...sampling.flatMap((it, i) => [i + 1, it, 0]),
  ]);
}

/** Quantization table 0, all ones. */
export const FACTORS: readonly number[] = segment(0xdb, [
  0,
  ...new Array(64).fill(1),
]);

/** A Huffman table with a single code, the bit 0, for a symbol. */
export function huffman(kind: "dc" | "ac", symbol: number): number[] {
  const counts = [1, ...new Array(15).fill(0)];
  return segment(0xc4, [kind === "dc" ? 0x00 : 0x10, ...counts, symbol]);
}

/** A scan of component 1 with Huffman tables 0. */
export function scan(
  data: readonly number[],
  first = 0,
  last = 63,
  bits = 0,
): number[] {
  return [...segment(0xda, [1, 1, 0, first, last, bits]), ...data];
}

/** All segments between SOI and EOI. */
export function jpeg(...segments: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([0xff, 0xd8, ...segments.flat(), 0xff, 0xd9]);
}

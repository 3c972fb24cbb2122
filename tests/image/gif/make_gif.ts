import { joined } from "../../joined.ts";

/** A frame of a GIF for tests; missing fields are 0, or absent. */
export interface MadeFrame {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** In hundredths of a second. */
  readonly delay?: number;
  readonly disposal?: number;
  readonly transparent?: number;
  readonly interlaced?: boolean;
  /** The blocks of data, preceded by the number of bits per index. */
  readonly data: Uint8Array;
}

/** Makes a GIF with a palette of RGB `colors`; their number is a power of two. */
export function makeGif(
  width: number,
  height: number,
  colors: readonly number[],
  frames: readonly MadeFrame[],
): Uint8Array<ArrayBuffer> {
  const bits = Math.log2(colors.length / 3);
  return joined(
    new TextEncoder().encode("GIF89a"),
    Uint8Array.of(...word(width), ...word(height), 0x80 | bits - 1, 0, 0),
    Uint8Array.from(colors),
    ...frames.flatMap((it) => [framed(it), it.data]),
    Uint8Array.of(0x3b),
  );
}

/** The bytes before a frame's data. */
function framed(frame: MadeFrame): Uint8Array {
  const { left = 0, top = 0, delay = 0, disposal = 0, transparent } = frame;
  const { width, height, interlaced = false } = frame;
  const flags = disposal << 2 | (transparent === undefined ? 0 : 1);
  return Uint8Array.of(
    ...[0x21, 0xf9, 4, flags, ...word(delay), transparent ?? 0, 0],
    ...[0x2c, ...word(left), ...word(top), ...word(width), ...word(height)],
    interlaced ? 0x40 : 0,
  );
}

function word(value: number): number[] {
  return [value & 255, value >> 8];
}

/** Uncompressed LZW data: the number of bits per index, and the blocks. */
export function literals(
  indices: ArrayLike<number>,
  bits = 2,
): Uint8Array<ArrayBuffer> {
  const clear = 1 << bits;
  // The table is cleared before codes get longer.
  const codes = Array.from(
    indices,
    (it, i) => i % (clear - 2) === 0 ? [clear, it] : [it],
  ).flat();
  return packed([...codes, clear + 1], bits);
}

/** Data of codes that all have `bits` + 1 bits. */
export function packed(
  codes: readonly number[],
  bits: number,
): Uint8Array<ArrayBuffer> {
  const out = [];
  let buffer = 0;
  let buffered = 0;
  for (const code of codes) {
    buffer |= code << buffered;
    buffered += bits + 1;
    for (; buffered >= 8; buffered -= 8, buffer >>>= 8) out.push(buffer & 255);
  }
  if (buffered > 0) out.push(buffer);
  return blocks(Uint8Array.from(out), bits);
}

/** Splits data into blocks of at most 255 bytes. */
export function blocks(
  data: Uint8Array,
  bits: number,
): Uint8Array<ArrayBuffer> {
  const out = [Uint8Array.of(bits)];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    out.push(Uint8Array.of(part.length, ...part));
  }
  return joined(...out, Uint8Array.of(0));
}

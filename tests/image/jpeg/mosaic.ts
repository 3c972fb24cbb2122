import { FACTORS, frame, jpeg, segment } from "./hand_made.ts";

/** A 4-bit code for each category of differences. */
const DC = segment(0xc4, [
  0x00,
  ...[0, 0, 0, 12, ...new Array(12).fill(0)],
  ...new Array(12).keys(),
]);

/** The bit 0 codes the end of a block. */
const AC = segment(0xc4, [0x10, 1, ...new Array(15).fill(0), 0]);

/**
 * A grey JPEG of any size, whose 8 x 8 blocks have one level each.
 *
 * @param levelAt The level of a block by its position in the image, 0..1.
 */
export function mosaicJpeg(
  width: number,
  height: number,
  levelAt: (x: number, y: number) => number,
  progressive = false,
): Uint8Array<ArrayBuffer> {
  const columns = Math.ceil(width / 8);
  const rows = Math.ceil(height / 8);
  // At most 4 + 11 + 1 bits per block, with each byte stuffed.
  const data = new Uint8Array(columns * rows * 4 + 2);
  let length = 0;
  let bits = 0;
  let count = 0;
  const write = (value: number, size: number) => {
    bits = bits << size | value;
    for (count += size; count >= 8; count -= 8) {
      const byte = bits >> (count - 8) & 255;
      data[length++] = byte;
      if (byte === 255) data[length++] = 0;
    }
    bits &= (1 << count) - 1;
  };
  let before = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const dc = 8 * (Math.round(levelAt(x / columns, y / rows)) - 128);
      const difference = dc - before;
      before = dc;
      const size = 32 - Math.clz32(Math.abs(difference));
      const rest = difference < 0 ? difference + (1 << size) - 1 : difference;
      const code = size << size | rest;
      if (progressive) write(code, 4 + size);
      else write(code << 1, 4 + size + 1);
    }
  }
  write(127, 7);
  const last = progressive ? 0 : 63;
  const start = jpeg(
    FACTORS,
    frame({ progressive, width, height }),
    DC,
    AC,
    segment(0xda, [1, 1, 0, 0, last, 0]),
  ).subarray(0, -2);
  const whole = new Uint8Array(start.length + length + 2);
  whole.set(start);
  whole.set(data.subarray(0, length), start.length);
  whole.set([0xff, 0xd9], start.length + length);
  return whole;
}

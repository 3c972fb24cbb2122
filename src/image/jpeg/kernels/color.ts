/** Components to RGBA: YCC as in JFIF, in libjpeg's fixed point of 16 bits. */
import { componentOf, Frame } from "./records";
import { upsample } from "./upsample";

/** The colour space of the components. */
export const enum Color {
  grey,
  YCC,
  RGB,
  CMYK,
  YCCK,
}

const HALF = 1 << 15;
const R_OF_CR = 91881; // 1.402
const B_OF_CB = 116130; // 1.772
const G_OF_CR = 46802; // 0.714136286
const G_OF_CB = 22554; // 0.344136286

/** Converts `count` rows to RGBA, starting at row `first`, from `left` to `right`. */
export function convertRows(
  frame: Frame,
  first: usize,
  count: usize,
  out: usize,
): void {
  const left = frame.left, right = frame.right;
  const rowBytes = (right - left) << 2;
  for (let y = first; y < first + count; y++, out += rowBytes) {
    let a: usize = 0, b: usize = 0, c: usize = 0, d: usize = 0;
    a = line(frame, 0, y);
    if (frame.components > 1) {
      b = line(frame, 1, y);
      c = line(frame, 2, y);
    }
    if (frame.components > 3) d = line(frame, 3, y);
    convertRow(frame.color, left, right, out, a, b, c, d);
  }
}

// @ts-ignore: decorator
@inline
function line(frame: Frame, index: usize, y: usize): usize {
  return upsample(
    componentOf<Frame>(frame, index),
    y,
    frame.left,
    frame.right,
    frame.lines + index * frame.lineBytes,
  );
}

function convertRow(
  color: usize,
  left: usize,
  right: usize,
  out: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
): void {
  switch (color) {
    case Color.grey:
      for (let x = left; x < right; x++, out += 4) {
        const y = <u32> load<u8>(a + x);
        store<u32>(out, y * 0x010101 | 0xff000000);
      }
      break;
    case Color.YCC:
      for (let x = left; x < right; x++, out += 4) {
        store<u32>(out, rgb(load<u8>(a + x), load<u8>(b + x), load<u8>(c + x)));
      }
      break;
    case Color.RGB:
      for (let x = left; x < right; x++, out += 4) {
        const r = <u32> load<u8>(a + x), g = <u32> load<u8>(b + x);
        store<u32>(out, r | g << 8 | <u32> load<u8>(c + x) << 16 | 0xff000000);
      }
      break;
    case Color.CMYK:
      for (let x = left; x < right; x++, out += 4) {
        const k = <u32> load<u8>(d + x);
        const r = times(load<u8>(a + x), k), g = times(load<u8>(b + x), k);
        store<u32>(out, r | g << 8 | times(load<u8>(c + x), k) << 16 | 0xff000000);
      }
      break;
    case Color.YCCK:
      for (let x = left; x < right; x++, out += 4) {
        // The three components give the inks; RGB is the white that they leave.
        const ink = rgb(load<u8>(a + x), load<u8>(b + x), load<u8>(c + x));
        const k = <u32> load<u8>(d + x);
        const r = times(255 - (ink & 255), k);
        const g = times(255 - (ink >> 8 & 255), k);
        const blue = times(255 - (ink >> 16 & 255), k);
        store<u32>(out, r | g << 8 | blue << 16 | 0xff000000);
      }
      break;
  }
}

/** `round(value * part / 255)` */
// @ts-ignore: decorator
@inline
function times(value: u32, part: u32): u32 {
  const product = value * part + 128;
  return (product + (product >> 8)) >> 8;
}

// @ts-ignore: decorator
@inline
function rgb(y: i32, cb: i32, cr: i32): u32 {
  cb -= 128;
  cr -= 128;
  const r = y + ((cr * R_OF_CR + HALF) >> 16);
  const g = y + ((HALF - cb * G_OF_CB - cr * G_OF_CR) >> 16);
  const b = y + ((cb * B_OF_CB + HALF) >> 16);
  return byte(r) | byte(g) << 8 | byte(b) << 16 | 0xff000000;
}

// @ts-ignore: decorator
@inline
function byte(value: i32): u32 {
  return min(max(value, 0), 255);
}

/**
 * The microkernel: 8 output channels of many pixels, 6 pixels at a time, or 5 so that
 * the last tile is full.
 *
 *     table     6 x (address of the window, address of the result)
 *     weights   KH x (KW * C / 4) x 8 channels x 4 bytes
 *
 *               w0: channels 0..3   w1: channels 4..7
 *     pixel a   a0                  a1
 *     ...
 *     pixel f   f0                  f1
 *
 * 12 sums, 2 vectors of weights and 1 of activations fill V8's 15 vector
 * registers. 4 bytes of a row of a window take 8 loads and 12 dots. An iteration has two
 * of these groups and may leave between them: otherwise Binaryen moves the loads of the
 * second up, and registers spill.
 *
 * It is a separate function that is called for each panel: V8 never replaces a running
 * WASM function by its optimised code, only the next call.
 */
import { dot } from "./dot";
import { packCodes, requantize } from "./requantize";
import { Convolution, RESCALE_BYTES } from "./step";
import { storeBytes, storeTwo } from "./store_bytes";

/**
 * Computes the panel `panel` of the pixels of `table`.
 *
 * @param pixels Pixels of a tile, 6 or 5: a constant.
 */
// @ts-ignore: decorator
@inline
export function panelRelaxed<Lane>(
  step: Convolution,
  panel: usize,
  table: usize,
  tableEnd: usize,
  pixels: usize,
): void {
  const run = step.run;
  // A tile that exits between two groups has advanced by one group less.
  const nextRow = step.inputRow - run + (run & 4);
  const kernelRows = step.kernelRows;
  const weights = step.weights + panel * kernelRows * run * 8;
  const rescale = step.rescale + panel * RESCALE_BYTES;
  const channel = panel * 8;
  const channels = panel + 1 == step.panels ? step.lastChannels : 8;
  // Always 1, which V8 can't prove; see `dot.ts`.
  const ones = i16x8.splat(<i16> min(step.panels, 1));
  for (; table < tableEnd; table += pixels * 8) {
    let pa: usize = load<u32>(table, 0), pb: usize = load<u32>(table, 8);
    let pc: usize = load<u32>(table, 16), pd: usize = load<u32>(table, 24);
    let pe: usize = load<u32>(table, 32);
    let pf: usize = 0;
    if (pixels == 6) pf = load<u32>(table, 40);
    let a0 = v128.load(rescale, 64), a1 = v128.load(rescale, 80);
    let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
    let e0 = a0, e1 = a1, f0 = a0, f1 = a1;
    let w = weights, w0 = a0, w1 = a0, x = a0;
    for (let row = kernelRows; row > 0; row--) {
      const rowEnd = w + run * 8;
      while (true) {
        w0 = v128.load(w), w1 = v128.load(w, 16);
        x = v128.load32_splat(pa);
        a0 = dot<Lane>(w0, x, a0, ones), a1 = dot<Lane>(w1, x, a1, ones);
        x = v128.load32_splat(pb);
        b0 = dot<Lane>(w0, x, b0, ones), b1 = dot<Lane>(w1, x, b1, ones);
        x = v128.load32_splat(pc);
        c0 = dot<Lane>(w0, x, c0, ones), c1 = dot<Lane>(w1, x, c1, ones);
        x = v128.load32_splat(pd);
        d0 = dot<Lane>(w0, x, d0, ones), d1 = dot<Lane>(w1, x, d1, ones);
        x = v128.load32_splat(pe);
        e0 = dot<Lane>(w0, x, e0, ones), e1 = dot<Lane>(w1, x, e1, ones);
        if (pixels == 6) {
          x = v128.load32_splat(pf);
          f0 = dot<Lane>(w0, x, f0, ones), f1 = dot<Lane>(w1, x, f1, ones);
        }
        w += 32;
        if (w == rowEnd) break;
        w0 = v128.load(w), w1 = v128.load(w, 16);
        x = v128.load32_splat(pa, 4);
        a0 = dot<Lane>(w0, x, a0, ones), a1 = dot<Lane>(w1, x, a1, ones);
        x = v128.load32_splat(pb, 4);
        b0 = dot<Lane>(w0, x, b0, ones), b1 = dot<Lane>(w1, x, b1, ones);
        x = v128.load32_splat(pc, 4);
        c0 = dot<Lane>(w0, x, c0, ones), c1 = dot<Lane>(w1, x, c1, ones);
        x = v128.load32_splat(pd, 4);
        d0 = dot<Lane>(w0, x, d0, ones), d1 = dot<Lane>(w1, x, d1, ones);
        x = v128.load32_splat(pe, 4);
        e0 = dot<Lane>(w0, x, e0, ones), e1 = dot<Lane>(w1, x, e1, ones);
        if (pixels == 6) {
          x = v128.load32_splat(pf, 4);
          f0 = dot<Lane>(w0, x, f0, ones), f1 = dot<Lane>(w1, x, f1, ones);
        }
        w += 32;
        pa += 8, pb += 8, pc += 8, pd += 8, pe += 8, pf += 8;
        if (w == rowEnd) break;
      }
      pa += nextRow, pb += nextRow, pc += nextRow;
      pd += nextRow, pe += nextRow, pf += nextRow;
    }
    const m0 = v128.load(rescale, 0), m1 = v128.load(rescale, 16);
    const o0 = v128.load(rescale, 32), o1 = v128.load(rescale, 48);
    const qmax = f32x4.splat(<f32> step.qmax), signMask = i32x4.splat(step.signMask);
    a0 = requantize(a0, m0, o0, qmax), a1 = requantize(a1, m1, o1, qmax);
    b0 = requantize(b0, m0, o0, qmax), b1 = requantize(b1, m1, o1, qmax);
    const ab = v128.xor(packCodes(a0, a1, b0, b1), signMask);
    c0 = requantize(c0, m0, o0, qmax), c1 = requantize(c1, m1, o1, qmax);
    d0 = requantize(d0, m0, o0, qmax), d1 = requantize(d1, m1, o1, qmax);
    const cd = v128.xor(packCodes(c0, c1, d0, d1), signMask);
    e0 = requantize(e0, m0, o0, qmax), e1 = requantize(e1, m1, o1, qmax);
    if (pixels == 6) {
      f0 = requantize(f0, m0, o0, qmax), f1 = requantize(f1, m1, o1, qmax);
    }
    const ef = v128.xor(packCodes(e0, e1, f0, f1), signMask);
    storeTwo(table, channel, ab, channels);
    storeTwo(table + 16, channel, cd, channels);
    if (pixels == 6) {
      storeTwo(table + 32, channel, ef, channels);
    } else {
      const e = v128.extract_lane<u64>(ef, 0);
      storeBytes(channel + load<u32>(table, 36), e, channels);
    }
  }
}

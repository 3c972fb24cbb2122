/**
 * The microkernel that a compiler of 256-bit vectors widens: 16 output channels, two
 * panels, of many pixels, 6 pixels at a time, or 5 so that the last tile is full.
 *
 *     table     6 x (address of the window, address of the result)
 *     weights   KH x (KW * C / 4) x 8 channels x 4 bytes, for each panel
 *
 *               w0: 0..3   w1: 4..7   v0: 8..11   v1: 12..15
 *     pixel a   a0         a1         a2          a3
 *     ...
 *     pixel f   f0         f1         f2          f3
 *
 *     codes     a and b, c and d, e and f: 4 bytes of w0, v0, w0, v0, w1, v1, w1, v1
 *
 * V8 makes one vector of 256 bits of two neighbours if they are loaded side by side,
 * computed by the same instructions and stored side by side. Then 12 sums, 2 vectors of
 * weights and 1 of activations fill its 15 registers; 4 bytes of a row of a window take
 * 8 loads and 12 dots, of twice the size of those of `panel_relaxed.ts`.
 *
 * Codes are stored as they come, and `conv_wide.ts` puts them in order: any instruction
 * between two of these stores, or one without a wide form, would leave all of it at 128
 * bits.
 *
 * Where each access to memory has a check before it, as in Deno, two loads or stores
 * aren't neighbours. There even and odd bytes of the weights of 8 channels are
 * separated (`split.ts`), as the halves of one vector, extended to 16 bits, also make a
 * pair. The activations of two groups are loaded with one check: V8 turns copies of a
 * lane into loads of 4 bytes without one. Pairs then begin at narrowed sums instead of
 * stores, and what comes after them is computed in 128 bits.
 */
import { dot } from "./dot";
import { packCodes, requantize } from "./requantize";
import { joinHigh, joinLow, pairs } from "./split";
import { Convolution, RESCALE_BYTES } from "./step";

/** Bytes of the codes of a tile. */
export const WIDE_BYTES: usize = 96;

/**
 * Computes the panels `panel` and `second` of the pixels of `table`.
 *
 * @param ahead Address of the weights that are needed next, which aren't in the
 * processor's caches: without prefetching, the first tile of a panel would wait for
 * them. One of them is loaded for every 8 bytes of a row of a window.
 * @param aheadStep Bytes from one of these to the next.
 * @param pixels Pixels of a tile, 6 or 5: a constant.
 * @param split Whether even and odd bytes of the weights are separated: a constant.
 * @returns `ahead` for the tiles that follow.
 */
// @ts-ignore: decorator
@inline
export function panelWide<Lane>(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  tableEnd: usize,
  codes: usize,
  ahead: usize,
  aheadStep: usize,
  pixels: usize,
  split: bool,
): usize {
  const run = step.run;
  // A tile that exits between two groups has advanced by one group less.
  const nextRow = step.inputRow - run + (run & 4);
  const kernelRows = step.kernelRows;
  const panelBytes = kernelRows * run * 8;
  const weights = step.weights + panel * panelBytes;
  const toSecond = (second - panel) * panelBytes;
  const rescale = step.rescale + panel * RESCALE_BYTES;
  const rescale2 = step.rescale + second * RESCALE_BYTES;
  const lastAhead = step.weights + step.panels * panelBytes -
    kernelRows * ((run + 7) >> 3) * aheadStep;
  // Always 1, which V8 can't prove; see `dot.ts`.
  const ones = i16x8.splat(<i16> min(step.panels, 1));
  for (; table < tableEnd; table += pixels * 8, codes += WIDE_BYTES) {
    ahead = min(ahead, lastAhead);
    let pa: usize = load<u32>(table, 0), pb: usize = load<u32>(table, 8);
    let pc: usize = load<u32>(table, 16), pd: usize = load<u32>(table, 24);
    let pe: usize = load<u32>(table, 32);
    let pf: usize = 0;
    if (pixels == 6) pf = load<u32>(table, 40);
    let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    if (!split) {
      a0 = v128.load(rescale, 64), a1 = v128.load(rescale, 80);
      a2 = v128.load(rescale2, 64), a3 = v128.load(rescale2, 80);
    }
    let b0 = a0, b1 = a1, b2 = a2, b3 = a3;
    let c0 = a0, c1 = a1, c2 = a2, c3 = a3;
    let d0 = a0, d1 = a1, d2 = a2, d3 = a3;
    let e0 = a0, e1 = a1, e2 = a2, e3 = a3;
    let f0 = a0, f1 = a1, f2 = a2, f3 = a3;
    let w = weights, v = weights + toSecond;
    let w0 = a0, w1 = a0, v0 = a0, v1 = a0, x = a0;
    let xa = a0, xb = a0, xc = a0, xd = a0, xe = a0, xf = a0;
    for (let row = kernelRows; row > 0; row--) {
      const rowEnd = w + run * 8;
      while (true) {
        w0 = v128.load(w), w1 = v128.load(w, 16);
        v0 = v128.load(v), v1 = v128.load(v, 16);
        if (split) {
          x = w0, w0 = joinLow(x, w1), w1 = joinHigh(x, w1);
          x = v0, v0 = joinLow(x, v1), v1 = joinHigh(x, v1);
        }
        if (split) {
          xa = v128.load(pa), xb = v128.load(pb), xc = v128.load(pc);
          xd = v128.load(pd), xe = v128.load(pe);
          if (pixels == 6) xf = v128.load(pf);
        }
        x = split ? splat(xa, 0) : v128.load32_splat(pa);
        a0 = dot<Lane>(w0, x, a0, ones), a1 = dot<Lane>(w1, x, a1, ones);
        a2 = dot<Lane>(v0, x, a2, ones), a3 = dot<Lane>(v1, x, a3, ones);
        x = split ? splat(xb, 0) : v128.load32_splat(pb);
        b0 = dot<Lane>(w0, x, b0, ones), b1 = dot<Lane>(w1, x, b1, ones);
        b2 = dot<Lane>(v0, x, b2, ones), b3 = dot<Lane>(v1, x, b3, ones);
        x = split ? splat(xc, 0) : v128.load32_splat(pc);
        c0 = dot<Lane>(w0, x, c0, ones), c1 = dot<Lane>(w1, x, c1, ones);
        c2 = dot<Lane>(v0, x, c2, ones), c3 = dot<Lane>(v1, x, c3, ones);
        x = split ? splat(xd, 0) : v128.load32_splat(pd);
        d0 = dot<Lane>(w0, x, d0, ones), d1 = dot<Lane>(w1, x, d1, ones);
        d2 = dot<Lane>(v0, x, d2, ones), d3 = dot<Lane>(v1, x, d3, ones);
        x = split ? splat(xe, 0) : v128.load32_splat(pe);
        e0 = dot<Lane>(w0, x, e0, ones), e1 = dot<Lane>(w1, x, e1, ones);
        e2 = dot<Lane>(v0, x, e2, ones), e3 = dot<Lane>(v1, x, e3, ones);
        if (pixels == 6) {
          x = split ? splat(xf, 0) : v128.load32_splat(pf);
          f0 = dot<Lane>(w0, x, f0, ones), f1 = dot<Lane>(w1, x, f1, ones);
          f2 = dot<Lane>(v0, x, f2, ones), f3 = dot<Lane>(v1, x, f3, ones);
        }
        w += 32, v += 32;
        if (w == rowEnd) break;
        w0 = v128.load(w), w1 = v128.load(w, 16);
        v0 = v128.load(v), v1 = v128.load(v, 16);
        if (split) {
          x = w0, w0 = joinLow(x, w1), w1 = joinHigh(x, w1);
          x = v0, v0 = joinLow(x, v1), v1 = joinHigh(x, v1);
        }
        x = split ? splat(xa, 1) : v128.load32_splat(pa, 4);
        a0 = dot<Lane>(w0, x, a0, ones), a1 = dot<Lane>(w1, x, a1, ones);
        a2 = dot<Lane>(v0, x, a2, ones), a3 = dot<Lane>(v1, x, a3, ones);
        x = split ? splat(xb, 1) : v128.load32_splat(pb, 4);
        b0 = dot<Lane>(w0, x, b0, ones), b1 = dot<Lane>(w1, x, b1, ones);
        b2 = dot<Lane>(v0, x, b2, ones), b3 = dot<Lane>(v1, x, b3, ones);
        x = split ? splat(xc, 1) : v128.load32_splat(pc, 4);
        c0 = dot<Lane>(w0, x, c0, ones), c1 = dot<Lane>(w1, x, c1, ones);
        c2 = dot<Lane>(v0, x, c2, ones), c3 = dot<Lane>(v1, x, c3, ones);
        x = split ? splat(xd, 1) : v128.load32_splat(pd, 4);
        d0 = dot<Lane>(w0, x, d0, ones), d1 = dot<Lane>(w1, x, d1, ones);
        d2 = dot<Lane>(v0, x, d2, ones), d3 = dot<Lane>(v1, x, d3, ones);
        x = split ? splat(xe, 1) : v128.load32_splat(pe, 4);
        e0 = dot<Lane>(w0, x, e0, ones), e1 = dot<Lane>(w1, x, e1, ones);
        e2 = dot<Lane>(v0, x, e2, ones), e3 = dot<Lane>(v1, x, e3, ones);
        if (pixels == 6) {
          x = split ? splat(xf, 1) : v128.load32_splat(pf, 4);
          f0 = dot<Lane>(w0, x, f0, ones), f1 = dot<Lane>(w1, x, f1, ones);
          f2 = dot<Lane>(v0, x, f2, ones), f3 = dot<Lane>(v1, x, f3, ones);
        }
        if (!split) {
          load<u8>(ahead);
          ahead += aheadStep;
        }
        w += 32, v += 32;
        pa += 8, pb += 8, pc += 8, pd += 8, pe += 8, pf += 8;
        if (w == rowEnd) break;
      }
      pa += nextRow, pb += nextRow, pc += nextRow;
      pd += nextRow, pe += nextRow, pf += nextRow;
    }
    if (split) {
      // Zero, which V8 can't prove: with plain sums it would split pairs in each loop
      // iteration.
      x = i32x4.splat(<i32> (step.panels >> 31));
      a0 = i32x4.add(a0, x), a1 = i32x4.add(a1, x);
      a2 = i32x4.add(a2, x), a3 = i32x4.add(a3, x);
      b0 = i32x4.add(b0, x), b1 = i32x4.add(b1, x);
      b2 = i32x4.add(b2, x), b3 = i32x4.add(b3, x);
      c0 = i32x4.add(c0, x), c1 = i32x4.add(c1, x);
      c2 = i32x4.add(c2, x), c3 = i32x4.add(c3, x);
      d0 = i32x4.add(d0, x), d1 = i32x4.add(d1, x);
      d2 = i32x4.add(d2, x), d3 = i32x4.add(d3, x);
      e0 = i32x4.add(e0, x), e1 = i32x4.add(e1, x);
      e2 = i32x4.add(e2, x), e3 = i32x4.add(e3, x);
      if (pixels == 6) {
        f0 = i32x4.add(f0, x), f1 = i32x4.add(f1, x);
        f2 = i32x4.add(f2, x), f3 = i32x4.add(f3, x);
      }
      // Only lets V8 find the pairs: codes overwrite these values.
      x = v128.xor(pairs(a0, a1, a2, a3), pairs(b0, b1, b2, b3));
      x = v128.xor(x, pairs(c0, c1, c2, c3));
      x = v128.xor(x, pairs(d0, d1, d2, d3));
      x = v128.xor(x, pairs(e0, e1, e2, e3));
      if (pixels == 6) x = v128.xor(x, pairs(f0, f1, f2, f3));
      v128.store(codes, x);
      w0 = v128.load(rescale, 64), w1 = v128.load(rescale, 80);
      v0 = v128.load(rescale2, 64), v1 = v128.load(rescale2, 80);
      a0 = i32x4.add(a0, w0), a1 = i32x4.add(a1, w1);
      a2 = i32x4.add(a2, v0), a3 = i32x4.add(a3, v1);
      b0 = i32x4.add(b0, w0), b1 = i32x4.add(b1, w1);
      b2 = i32x4.add(b2, v0), b3 = i32x4.add(b3, v1);
      c0 = i32x4.add(c0, w0), c1 = i32x4.add(c1, w1);
      c2 = i32x4.add(c2, v0), c3 = i32x4.add(c3, v1);
      d0 = i32x4.add(d0, w0), d1 = i32x4.add(d1, w1);
      d2 = i32x4.add(d2, v0), d3 = i32x4.add(d3, v1);
      e0 = i32x4.add(e0, w0), e1 = i32x4.add(e1, w1);
      e2 = i32x4.add(e2, v0), e3 = i32x4.add(e3, v1);
      if (pixels == 6) {
        f0 = i32x4.add(f0, w0), f1 = i32x4.add(f1, w1);
        f2 = i32x4.add(f2, v0), f3 = i32x4.add(f3, v1);
      }
    }
    const m0 = v128.load(rescale, 0), m1 = v128.load(rescale, 16);
    const m2 = v128.load(rescale2, 0), m3 = v128.load(rescale2, 16);
    const o0 = v128.load(rescale, 32), o1 = v128.load(rescale, 48);
    const o2 = v128.load(rescale2, 32), o3 = v128.load(rescale2, 48);
    const qmax = f32x4.splat(<f32> step.qmax), signMask = i32x4.splat(step.signMask);
    a0 = requantize(a0, m0, o0, qmax), a1 = requantize(a1, m1, o1, qmax);
    a2 = requantize(a2, m2, o2, qmax), a3 = requantize(a3, m3, o3, qmax);
    b0 = requantize(b0, m0, o0, qmax), b1 = requantize(b1, m1, o1, qmax);
    b2 = requantize(b2, m2, o2, qmax), b3 = requantize(b3, m3, o3, qmax);
    c0 = requantize(c0, m0, o0, qmax), c1 = requantize(c1, m1, o1, qmax);
    c2 = requantize(c2, m2, o2, qmax), c3 = requantize(c3, m3, o3, qmax);
    d0 = requantize(d0, m0, o0, qmax), d1 = requantize(d1, m1, o1, qmax);
    d2 = requantize(d2, m2, o2, qmax), d3 = requantize(d3, m3, o3, qmax);
    e0 = requantize(e0, m0, o0, qmax), e1 = requantize(e1, m1, o1, qmax);
    e2 = requantize(e2, m2, o2, qmax), e3 = requantize(e3, m3, o3, qmax);
    if (pixels == 6) {
      f0 = requantize(f0, m0, o0, qmax), f1 = requantize(f1, m1, o1, qmax);
      f2 = requantize(f2, m2, o2, qmax), f3 = requantize(f3, m3, o3, qmax);
    }
    const ab0 = v128.xor(packCodes(a0, a2, b0, b2), signMask);
    const ab1 = v128.xor(packCodes(a1, a3, b1, b3), signMask);
    const cd0 = v128.xor(packCodes(c0, c2, d0, d2), signMask);
    const cd1 = v128.xor(packCodes(c1, c3, d1, d3), signMask);
    const ef0 = v128.xor(packCodes(e0, e2, f0, f2), signMask);
    const ef1 = v128.xor(packCodes(e1, e3, f1, f3), signMask);
    v128.store(codes, ab1, 16), v128.store(codes, ab0, 0);
    v128.store(codes, cd1, 48), v128.store(codes, cd0, 32);
    v128.store(codes, ef1, 80), v128.store(codes, ef0, 64);
  }
  return ahead;
}

/** Four copies of a lane. */
// @ts-ignore: decorator
@inline
function splat(x: v128, lane: u8): v128 {
  return lane == 0
    ? v128.shuffle<i32>(x, x, 0, 0, 0, 0)
    : v128.shuffle<i32>(x, x, 1, 1, 1, 1);
}

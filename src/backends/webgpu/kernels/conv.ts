/**
 * Convolutions without im2col, as in the WASM engine. In NHWC a row of a window is a
 * run of KW * C bytes, and a window is KH runs of words.
 *
 * An invocation computes a tile of pixels times panels of 8 output channels in
 * registers. It reads weights and codes in place: a word of codes for each pixel and
 * eight words of weights for each panel give 32 products for each pair of them.
 *
 *     model, a panel   [KH, KW*C/4] x (8 words of 4 weights)
 *
 *                      panel 0              panel 1
 *                      w0 w1 w2 w3  w4..w7
 *     pixel 0: x0      s0_0         s0_1    s0_2  s0_3
 *     pixel 1: x1      s1_0         s1_1    s1_2  s1_3
 *     ...
 *
 * Both kinds of products are exact, so that sums are those of the WASM engine.
 *
 * @module
 */
import { type ConvTile, RESCALE_VECTORS, WORKGROUP } from "../layout.ts";
import { defineKernel, type Kernel, PACK, UNPACK } from "./kernel.ts";

const FIELDS = [
  "input",
  "inputStepX",
  "inputStepY",
  "inputRow",
  "output",
  "outputStepX",
  "outputStepY",
  "width",
  "pixels",
  "tiles",
  "blocks",
  "run",
  "kernelRows",
  "weights",
  "panelVectors",
  "rescale",
  "outputWords",
  "qmax",
] as const;

/** The convolution kernel for a tile. */
export function convKernel(
  tile: ConvTile,
): Kernel<typeof FIELDS[number]> {
  const pixels = range(tile.pixels);
  const panels = range(tile.panels);
  const isDot = tile.products === "dot4";
  return defineKernel(
    "conv",
    FIELDS,
    `${PACK}
${isDot ? DOT4 : `${UNPACK}${F32}`}
${REQUANTIZE}

@compute @workgroup_size(${WORKGROUP})
fn conv(@builtin(global_invocation_id) id: vec3<u32>) {
  let block = id.x / task.tiles;
  if (block >= task.blocks) { return; }
  // The last tile overlaps the one before it. If there are fewer pixels than a tile has,
  // it computes the last one several times.
  let last = task.pixels - 1u;
  let first = min(id.x % task.tiles * ${tile.pixels}u, last - min(last, ${
      tile.pixels - 1
    }u));
  let panel = block * ${tile.panels}u;
  ${
      lines(pixels, (p) => `
  let at${p} = min(first + ${p}u, last);
  let cell${p} = vec2(at${p} % task.width, at${p} / task.width);
  var x${p} = task.input + dot(cell${p}, vec2(task.inputStepX, task.inputStepY));`)
    }
  ${lines(sums(tile), (sum) => `var s${sum} = vec4<i32>();`)}
  var w = task.weights + panel * task.panelVectors;
  for (var row = 0u; row < task.kernelRows; row++) {
    ${isDot ? addRun(tile, "s", "0u", "task.run") : addChunks(tile)}
    ${lines(pixels, (p) => `x${p} += task.inputRow;`)}
  }
  ${
      lines(pixels, (p) =>
        `let y${p} = task.output + dot(cell${p}, vec2(task.outputStepX, task.outputStepY));
  ${
          lines(panels, (b) =>
            `store(y${p}, panel + ${b}u, s${p}_${2 * b}, s${p}_${2 * b + 1});`)
        }`)
    }
}
`,
  );
}

/** Adds the products of a row of a window, from one word to another. */
function addRun(
  { pixels, panels }: ConvTile,
  sums: string,
  from: string,
  to: string,
): string {
  return `for (var i = ${from}; i < ${to}; i++) {
      ${lines(range(pixels), (p) => `let c${p} = codes(arena[x${p} + i]);`)}
      ${
    lines(range(2 * panels), (quad) =>
      `{
        let words = model[w + ${quad >> 1}u * task.panelVectors + ${quad & 1}u];
        let w0 = weights(words.x);
        let w1 = weights(words.y);
        let w2 = weights(words.z);
        let w3 = weights(words.w);
        ${
        lines(range(pixels), (p) =>
          `${sums}${p}_${quad} += vec4(product(w0, c${p}), product(w1, c${p}), product(w2, c${p}), product(w3, c${p}));`)
      }
      }`)
  }
      w += 2u;
    }`;
}

/**
 * The same in f32, whose 24 bits hold the sum of 512 products of at most 127 * 255: those
 * of 128 words.
 */
function addChunks(tile: ConvTile): string {
  return `for (var chunk = 0u; chunk < task.run; chunk += 128u) {
      ${lines(sums(tile), (sum) => `var f${sum} = vec4<f32>();`)}
      ${addRun(tile, "f", "chunk", "min(chunk + 128u, task.run)")}
      ${lines(sums(tile), (sum) => `s${sum} += vec4<i32>(f${sum});`)}
    }`;
}

/** It reads bytes as signed, so codes are multiplied less 128; see `initialSums()`. */
const DOT4 = `
fn codes(word: u32) -> u32 { return word ^ 0x80808080u; }
fn weights(word: u32) -> u32 { return word; }
fn product(weights: u32, codes: u32) -> i32 {
  return dot4I8Packed(weights, codes);
}
fn sumOf(products: vec4<i32>, at: u32) -> vec4<i32> {
  return products + bitcast<vec4<i32>>(model[at]);
}`;

const F32 = `
fn codes(word: u32) -> vec4<f32> { return vec4<f32>(unpack(word)); }
fn weights(word: u32) -> vec4<f32> {
  let bytes = vec4(bitcast<i32>(word)) << vec4(24u, 16u, 8u, 0u);
  return vec4<f32>(bytes >> vec4(24u));
}
fn product(weights: vec4<f32>, codes: vec4<f32>) -> f32 {
  return dot(weights, codes);
}
fn sumOf(products: vec4<i32>, _at: u32) -> vec4<i32> { return products; }`;

const REQUANTIZE = `
fn requantize(sums: vec4<i32>, multipliers: vec4<u32>, offsets: vec4<u32>) -> u32 {
  let values = vec4<f32>(sums) * bitcast<vec4<f32>>(multipliers) +
    bitcast<vec4<f32>>(offsets);
  return pack(vec4<u32>(clamp(values, vec4(0.0), vec4(f32(task.qmax)))));
}

/** Stores 8 channels of a pixel, or fewer of the last panel. */
fn store(pixel: u32, panel: u32, low: vec4<i32>, high: vec4<i32>) {
  let table = task.rescale + panel * ${RESCALE_VECTORS}u;
  let word = panel * 2u;
  if (word < task.outputWords) {
    arena[pixel + word] =
      requantize(sumOf(low, table + 4u), model[table], model[table + 2u]);
  }
  if (word + 1u < task.outputWords) {
    arena[pixel + word + 1u] =
      requantize(sumOf(high, table + 5u), model[table + 1u], model[table + 3u]);
  }
}`;

/** The names of the sums of a tile, of 4 channels each. */
function sums({ pixels, panels }: ConvTile): string[] {
  return range(pixels).flatMap((p) =>
    range(2 * panels).map((quad) => `${p}_${quad}`)
  );
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function lines<T>(items: readonly T[], text: (item: T) => string): string {
  return items.map(text).join("\n");
}

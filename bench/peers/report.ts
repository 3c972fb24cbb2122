/**
 * The page of a comparison, `docs/benchmarks.md`, and its chart.
 *
 * @module
 */
import { barChart } from "../../src/charts/bar_chart.ts";
import { nameOf, type Result } from "./compare.ts";
import { describe, RUNTIMES } from "./contestants/contestant.ts";
import type { Machine } from "./machine.ts";
import { PHOTOS } from "./photos.ts";
import type { Row } from "./rows.ts";
import { writeTable } from "./table.ts";

/** In ms per image: a longer bar would leave no room for the others. */
const LONGEST_BAR = 1000;

/** The page of a comparison of `rounds` rounds. */
export function writePage(
  rows: readonly Row[],
  results: readonly Result[],
  { processor, cores, versions }: Machine,
  rounds: number,
): string {
  const absent = results.flatMap(({ failure, ...entry }) =>
    failure === undefined ? [] : [`- ${nameOf(entry)}: ${oneLine(failure)}\n`]
  );
  return `\
# Benchmarks

This page compares Totem with its peers on one photo and one network: \`nsfw\`, an
Inception-v3 of 299 x 299 pixels. \`deno task bench-peers\` measures this part and writes
it: ${new Date().toISOString().slice(0, 10)}, ${cores} cores of ${processor};
${versions.map((it) => it.join(" ")).join(", ")}.

![The medians under a second as bars](benchmarks.svg)

${writeTable(rows)}
For each runtime and each of 1 thread, 2 threads and WebGPU, the best value of a
column is bold.

The columns:

- **min** and **median**: the latency of an image, from pixels to probabilities, after
  the first image. Each entry runs ${rounds} times, interleaved with the others. Each
  time, a fresh process or browser loads the network, runs a first image, and then
  others for 1.5 s. An entry that takes longer than 40 s runs only once.
- **speedup**: how many times as fast it is as tfjs on WASM with one thread, in the same
  runtime and run, by the minimum times.
- **load**: from the import of the library to a network that is ready. **first**: the
  first image after that. Both are the minimum over all runs.
- **memory**: the peak memory of the whole process. In a browser, it is that of the
  page's process and, on WebGPU, of the GPU's process, too.
- **download**: the weights and the code that a page requests. Code is compressed.
- **probabilities** and **features**: the largest difference from tfjs in f32 over
  ${PHOTOS} photos (on WebGPU, one): of any class's probability, and 1 minus the cosine
  of the features.

The entries:

- tfjs runs this package's graph with its fused operators, from nsfwjs's own file. The
  file has 8 bits per weight; tfjs computes in f32.
- onnxruntime and LiteRT.js run files of the same network that \`bench/peers\` writes: in
  f32, and in int8 with the weights and ranges of Totem's own file and 8 bits per
  activation. The layers after the features are f32 there.
- onnxruntime-node is native code, for comparison.
- Where there is no GPU, WebGPU is emulated by the processor.
${
    absent.length === 0
      ? ""
      : `\nThese don't run. Each gives its reason:\n\n${absent.join("")}`
  }`;
}

/** Charts the medians as bars, except the longest: those of emulated GPUs. */
export function drawChart(rows: readonly Row[]): string {
  const groups = RUNTIMES.map((runtime) => ({
    title: runtime,
    bars: rows.filter((row) =>
      row.runtime === runtime && row.median <= LONGEST_BAR
    ).map((row) => ({
      label: describe(row.contestant),
      value: row.median,
      note: `${row.median.toFixed(0)} ms`,
    })),
  }));
  return barChart(
    "nsfw, 299 x 299: ms an image, median",
    groups.filter(({ bars }) => bars.length > 0),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

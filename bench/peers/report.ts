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

/** Above it, in ms an image, a bar would leave no room for the others. */
const LONGEST_BAR = 1000;

/** The page of a comparison, which took `rounds` rounds. */
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

\`nsfw\`, an Inception-v3 of 299 x 299 pixels, on one photo, in this package and in
its peers. \`deno task bench-peers\` measured it, and wrote this page: ${
    new Date().toISOString().slice(0, 10)
  },
${cores} cores of ${processor};
${versions.map((it) => it.join(" ")).join(", ")}.

![The medians under a second as bars](benchmarks.svg)

${writeTable(rows)}
In each column the best is bold of what runs in one runtime on the same.

What the columns say:

- **least** and **median**: an image, from its pixels to probabilities, once the
  first is through. Contestants take turns, ${rounds} times: each time in a fresh process
  or browser, which loads, runs a first image, and then others for 1.5 s. Who takes
  more than 40 s has no other turn.
- **load**: from nothing to a network that is ready, its library's code included,
  the start of the runtime not. **first**: the first image after it. The least of
  all visits.
- **memory**: the most that the whole process had at once, in a browser that of
  the page and, on WebGPU, that of the GPU as well.
- **download**: weights and code, in the files that a page asked for; code is
  compressed, as servers do.
- **probabilities** and **features**: how far they are from tfjs's in f32, at most
  over ${PHOTOS} photos, or of one on WebGPU: of any class's probability, and 1 less
  the cosine of the features.

What runs:

- tfjs runs this package's graph in its fused operators, from nsfwjs's own file,
  which has 8 bits a weight; it computes in f32.
- onnxruntime and LiteRT.js run files that \`bench/peers\` writes of the same
  network: in f32, and with the int8 weights and ranges of Totem's own file, 8
  bits an activation. What follows the features is f32 there.
- onnxruntime-node is native code, as a yardstick.
- WebGPU is emulated by the processor where there is no GPU.
${
    absent.length === 0
      ? ""
      : `\nWhat doesn't run, and what it says:\n\n${absent.join("")}`
  }`;
}

/** The medians as bars, but for the longest: those of emulated GPUs. */
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

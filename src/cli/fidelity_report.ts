import type { Fidelity } from "../convert/mod.ts";
import { alignRows } from "../text/text_table.ts";
import { counted } from "../text/numbers.ts";
import type { Terminal } from "./terminal.ts";
import { FEW, isTooFew, tooFew } from "./too_few.ts";

/**
 * Prints how close int8 comes to f32 with 8-bit and 7-bit activations, if compared.
 *
 * @param setRanges The number of compared photos that also set the ranges.
 */
export function printFidelities(
  io: Terminal,
  fidelities: readonly Fidelity[],
  setRanges: number,
): void {
  const [eight, seven] = fidelities;
  if (eight === undefined || seven === undefined) {
    io.print(
      "not compared with f32: no photos to compare on. Give --evaluate PATH, or 5 photos or more to --calibrate",
    );
    return;
  }
  io.print(
    "",
    setRanges === 0
      ? `compared with f32 on ${counted(eight.images, "other photo")}:`
      : `compared with f32 on ${
        counted(eight.images, "photo")
      }, of which ${setRanges} set the ranges: agreement looks better than it is`,
  );
  printTable(io, [
    [
      "activations",
      "features' cosine (least)",
      ANSWERS[eight.activation ?? "softmax"],
    ],
    ...fidelities.map(({ bits, featuresCosine, images, ...answers }) => [
      `${bits} bits`,
      `${featuresCosine.mean.toFixed(5)} (${featuresCosine.min.toFixed(5)})`,
      answers.sameAnswer === undefined
        ? percent(answers.logitsError)
        : `${answers.sameAnswer} of ${images}`,
    ]),
  ]);
  if (isTooFew(eight.images)) {
    io.print(
      `${tooFew(eight.images)}: give --evaluate PATH with ${FEW} or more`,
    );
  }
  const layers = eight.layers.map(({ name, signalToNoise }, i) => ({
    name,
    eight: signalToNoise,
    seven: seven.layers[i]!.signalToNoise,
  }));
  const isShort = layers.length <= WORST;
  const shown = isShort ? layers : worstOf(layers, WORST);
  io.print(
    "",
    isShort
      ? "signal to noise of each layer, in dB:"
      : `signal to noise of the ${WORST} worst layers, in dB (--json has all):`,
  );
  const rows = shown.map((it) => [
    it.name,
    decibels(it.eight),
    decibels(it.seven),
  ]);
  printTable(io, [["layer", "8 bits", "7 bits"], ...rows]);
  if (rows.every((row) => !row.includes(NONE))) return;
  io.print(
    `"${NONE}": the layer gives 0 for every photo, or int8 has no error`,
  );
}

/** Warns if a file's int8 weights are further from f32 than those of any valid model. */
export function warnOfFidelities(
  io: Terminal,
  out: string,
  [eight]: readonly Fidelity[],
): void {
  if (eight === undefined) return;
  const { featuresCosine: { mean }, images, sameAnswer } = eight;
  const isFar = mean < USUAL_COSINE;
  const differs = sameAnswer !== undefined && !isTooFew(images) &&
    sameAnswer < USUAL_SAME * images;
  if (!isFar && !differs) return;
  const faults = [
    ...isFar ? [`the features' cosine is ${mean.toFixed(4)}`] : [],
    ...differs
      ? [`${sameAnswer} of ${images} photos have the same answer`]
      : [],
  ];
  io.tellWarning(
    `${out} is less like f32 than usual: ${
      faults.join(", and ")
    }. Give --calibrate more photos like those the model will see, or check --scale`,
  );
}

/** The number of layers to show. */
const WORST = 5;

/** The layers with the most noise in 8 bits, worst first. */
function worstOf<L extends { readonly eight: number | undefined }>(
  layers: readonly L[],
  count: number,
): readonly L[] {
  const ratio = ({ eight = Infinity }: L) => eight;
  const order = (a: number, b: number) => a < b ? -1 : a > b ? 1 : 0;
  return layers.toSorted((a, b) => order(ratio(a), ratio(b))).slice(0, count);
}

/** No model had less, calibrated with suitable photos or without photos. */
const USUAL_COSINE = 0.98;

/** The minimum share of photos with the same answer; measured: 35 of 37. */
const USUAL_SAME = 0.8;

/** The compared quantity, by activation. */
const ANSWERS = {
  softmax: "same first answer",
  sigmoid: "same answers above 0.5",
  none: "error of logits",
} as const;

function percent(ratio: number | undefined): string {
  return ratio === undefined ? NONE : `${(100 * ratio).toFixed(2)}%`;
}

/** Shown if the ratio is undefined. */
const NONE = "-";

function decibels(ratio: number | undefined): string {
  return ratio?.toFixed(1) ?? NONE;
}

function printTable(io: Terminal, rows: readonly (readonly string[])[]): void {
  const [head, ...lines] = alignRows(rows, ["left", "right", "right"]);
  io.print(io.paint("dim", head!), ...lines);
}

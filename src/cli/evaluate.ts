import { displaySource } from "../io/address.ts";
import { coreCount, MAX_THREADS } from "../backends/simd/thread_counts.ts";
import { confusionChart } from "../evaluate/confusion_chart.ts";
import { withoutEmptyClasses } from "../evaluate/confusion_matrix.ts";
import { type Command, parseOne } from "./command.ts";
import {
  choice,
  flag,
  text,
  texts,
  variants as variantList,
} from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import { type Evaluation, runEvaluation } from "./evaluation.ts";
import {
  evaluationJson,
  printEvaluation,
  printVariants,
} from "./evaluation_report.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import { MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

const CROPS = { "1": 1, "12": 12, "144": 144 } as const;

/** `totem evaluate` */
export const evaluate: Command = {
  summary: "Measure how often a model is right on images of known classes",
  help: `\
Usage: totem evaluate [options] FOLDER

Measures top-1 and top-5 accuracy, the calibration error (how far probabilities
are from how often they are right), each class's recall and precision, and speed.

FOLDER has a folder of images for each class, named after the class or its WordNet
id. If it has a labels.tsv, the images are its rows instead: a file, a tab, and the
indices of the right classes, with commas.

Options:
  --crops N          Parts of an image whose probabilities are averaged: 1, as in
                     training; 12 or GoogLeNet's 144 (default: 1)
  --classes FILE     A JSON file with [id, name] for each class: for folders
                     called by WordNet ids (default: the classes.json beside
                     the model)
  --svg FILE         Where a confusion matrix is drawn: an .svg
  --resume FILE      Where results are kept, line by line. Photos that are in it
                     aren't run again, unless they were changed since (in size or
                     time)
  --json             One JSON object for each variant
${IMAGE_HELP}
${MODEL_HELP}

Several --model are an ensemble: their probabilities are averaged. Several
variants, with commas, are compared in a table, of one image at a time.

Example:
  totem evaluate --model parts.safetensors --svg confusion.svg photos/`,
  async run(args, io) {
    const values = parseOne(args, "evaluate", "FOLDER", {
      ...MODEL_OPTIONS,
      ...IMAGE_OPTIONS,
      model: texts("nsfw"),
      variant: variantList,
      crops: choice("1", ["1", "12", "144"]),
      classes: text(),
      svg: text(),
      resume: text(),
      json: flag,
    });
    const {
      argument: folder,
      variant: variants,
      model,
      crops,
      classes,
      svg,
      resume,
      json,
      ...options
    } = values;
    if (crops !== "1" && values.crop !== undefined) {
      throw new UsageError(
        `Cannot use --crop with --crops ${crops}: those are parts of the whole image`,
      );
    }
    const reading = imageReading(values);
    const isTable = variants.length > 1;
    for (const [option, file] of Object.entries({ svg, resume })) {
      if (!isTable || file === undefined) continue;
      throw new UsageError(`Cannot use --${option} with several variants`);
    }

    if (svg !== undefined) {
      await assertWritable(svg, ".svg", [folder, ...model, classes, resume]);
    }

    const evaluations: Evaluation[] = [];
    for (const variant of variants) {
      const evaluation = await runEvaluation(io, {
        folder,
        models: model,
        options: { ...options, variant, ...isTable && oneAtATime(options) },
        oneAtATime: isTable,
        crops: CROPS[crops],
        reading,
        classes,
        resume,
      });
      evaluations.push(evaluation);
      if (json && isTable) io.printJson(evaluationJson(evaluation));
    }
    const [first] = evaluations;
    try {
      // First, as the reader of what is printed may stop after a line.
      if (svg !== undefined) await writeTextWhole(svg, draw(first!));
    } finally {
      // What was measured is shown, whether the file can be written or not.
      if (json && !isTable) io.printJson(evaluationJson(first!));
      else if (!json && isTable) printVariants(io, evaluations);
      else if (!json) printEvaluation(io, first!);
    }
    return evaluations.every(({ failed }) => failed === 0) ? 0 : 1;
  },
};

/** An image has all threads that `auto` gives to many. */
function oneAtATime({ threads }: { readonly threads: number | "auto" }) {
  return threads === "auto"
    ? { threads: Math.min(coreCount(), MAX_THREADS) }
    : {};
}

function draw({ request, summary }: Evaluation): string {
  const { top1, images, confusion } = summary;
  const title = `${request.models.map(displaySource).join(", ")}: ${
    percent(top1)
  } of ${images} images right`;
  return confusionChart(title, withoutEmptyClasses(confusion));
}

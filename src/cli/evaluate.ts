import { displaySource } from "../io/address.ts";
import { coreCount, MAX_THREADS } from "../backends/simd/thread_counts.ts";
import { confusionChart } from "../evaluate/confusion_chart.ts";
import { withoutEmptyClasses } from "../evaluate/confusion_matrix.ts";
import type { Summary } from "../evaluate/summary.ts";
import { type Command, parseOne } from "./command.ts";
import {
  choice,
  flag,
  text,
  texts,
  threshold,
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
import { LABELS_HELP, LABELS_OPTION } from "./network_options.ts";
import { MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

const CROPS = { "1": 1, "12": 12, "144": 144 } as const;

/** `totem evaluate` */
export const evaluate: Command = {
  summary: "Measure how often a model is right on labelled images",
  help: `\
Usage: totem evaluate [options] FOLDER

Measures top-1 and top-5 accuracy, the calibration error (how far probabilities
are from how often they are right), each class's recall and precision, and
speed. A model with a sigmoid gives an image any number of labels. For it, this
measures each label's precision, recall, F1 and average precision, their means,
and how often all labels of an image are right. If it has only one label, this
also measures its ROC AUC.

FOLDER has a folder of images for each class, named after the class or its
WordNet id. With a sigmoid, a folder called none has the images without a label.
If FOLDER has a labels.tsv, its rows name the images instead. Below a heading,
each row has a file, a tab and the right classes, by index or name, with commas
between them. Or the heading names all labels, and each is a column of 0 and 1.

Options:
  --crops N          Parts of an image whose probabilities are averaged: 1, as
                     in training; 12, or 144, as GoogLeNet's (default: 1)
  --classes FILE     A JSON file with [id, name] for each class, for folders
                     named after WordNet ids (default: the classes.json beside
                     the model)
  --threshold P      With a sigmoid, the least probability that counts as an
                     answer, 0 to 1 (default: 0.5)
  --svg FILE         Where a confusion matrix is drawn: an .svg. Not with a
                     sigmoid
  --resume FILE      Where results are kept, line by line. Photos that are in it
                     aren't run again, unless they were changed since (in size
                     or time)
  --json             One JSON object for each variant
${IMAGE_HELP}
${LABELS_HELP}
${MODEL_HELP}

Several --model are an ensemble: their probabilities are averaged. Several
variants, with commas between them, are compared in a table; they run one image
at a time.

Example:
  totem evaluate --model parts.safetensors --svg confusion.svg photos/`,
  async run(args, io) {
    const values = parseOne(args, "evaluate", "FOLDER", {
      ...MODEL_OPTIONS,
      ...LABELS_OPTION,
      ...IMAGE_OPTIONS,
      model: texts("nsfw"),
      variant: variantList,
      crops: choice("1", ["1", "12", "144"]),
      classes: text(),
      svg: text(),
      resume: text(),
      threshold: threshold(),
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
      threshold: least,
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
      await assertWritable(svg, ".svg", [
        folder,
        ...model,
        classes,
        resume,
        values.labels,
      ]);
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
        threshold: least,
        isDrawn: svg !== undefined,
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
  const { top1, images, confusion } = summary as Summary; // With a sigmoid it is refused.
  const title = `${request.models.map(displaySource).join(", ")}: ${
    percent(top1)
  } of ${images} images right`;
  return confusionChart(title, withoutEmptyClasses(confusion));
}

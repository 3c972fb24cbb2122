import { displaySource } from "../io/address.ts";
import { coreCount, MAX_THREADS } from "../backends/simd/thread_counts.ts";
import { confusionChart } from "../evaluate/confusion_chart.ts";
import { withoutEmptyClasses } from "../evaluate/confusion_matrix.ts";
import type { Summary } from "../evaluate/summary.ts";
import { type Command, parseOne } from "./command.ts";
import {
  choice,
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
import { addEvaluation, evaluationTable } from "./evaluation_table.ts";
import { FORMAT_OPTIONS, formatOf } from "./format_option.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import { LABELS_HELP, LABELS_OPTION } from "./network_options.ts";
import { MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { LIST_OPTIONS, NULL_HELP, openPathList } from "./list_options.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

const CROPS = { "1": 1, "12": 12, "144": 144 } as const;

/** `totem evaluate` */
export const evaluate: Command = {
  summary: "Measure accuracy on labelled images",
  help: `\
Usage: totem evaluate [options] FOLDER

Measures a model on labelled images: top-1 and top-5 accuracy, calibration
error, the recall and precision of each class, and speed; for a multi-label
model (one with a sigmoid), the precision, recall and F1 of each label.

FOLDER has one subfolder of images per class, named after the class or its
WordNet id. For a multi-label model, a subfolder called none has images without
labels. If FOLDER has a labels.tsv, that lists the images instead.

Several variants, such as --variant full,low79, are compared in a table and run
one image at a time.

Options:
  --model SOURCE     Name from totem models, or path or URL of a model file or
                     its folder: .safetensors, .h5, .keras, .pth, .onnx,
                     .tflite, .pb or model.json. Repeat it to average the
                     probabilities of several models (default: nsfw)
  --crops N          Average the probabilities of 1, 12 or 144 crops per image,
                     as GoogLeNet does (default: 1)
${LABELS_HELP}
  --classes FILE     JSON file with [id, name] of each class, for folders named
                     after WordNet ids (default: the classes.json next to the
                     model)
  --threshold P      For a multi-label model, the lowest probability that counts
                     as an answer, 0 to 1 (default: 0.5)
  --svg FILE         Draw the confusion matrix, an .svg; not if multi-label
  --files-from LIST  Evaluate only images in FOLDER that LIST names, a file with
                     a path per line (relative to the current folder), or -
${NULL_HELP}
  --resume FILE      Keep results in FILE, line by line. Photos in it aren't run
                     again unless they have changed (in size or time)
  --format NAME      Print text, json, csv or tsv (default: text)
  --json             Same as --format json. --help-all describes the formats

Formats:
  The figures of a multi-label model are precision, recall, F1 and average
  precision of each label, their means, and exact match; with a single label
  also ROC AUC.
  csv and tsv have one row per figure and per failed image: variant, label
  (empty for figures of all images), figure, value, file, error. json has one
  object per line and variant. In a labels.tsv, after a heading, each row has a
  file, a tab and its classes, by index or name, separated by commas. Or the
  heading lists all labels, and each is a column of 0 and 1.

${IMAGE_HELP}

${MODEL_HELP}

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
      ...FORMAT_OPTIONS,
      ...LIST_OPTIONS,
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
      json: _,
      format: _format,
      "files-from": listed,
      null: isNull,
      ...options
    } = values;
    const format = formatOf(values, "text");
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

    const chosen = { "files-from": listed, null: isNull };
    const list = await openPathList(io.streams, chosen, true);
    if (svg !== undefined) {
      await assertWritable(svg, ".svg", [
        folder,
        ...model,
        classes,
        resume,
        listed,
        values.labels,
      ]);
    }

    const table = format === "csv" || format === "tsv"
      ? evaluationTable(io, format)
      : null;
    const evaluations: Evaluation[] = [];
    const print = (evaluation: Evaluation) => {
      if (table !== null) addEvaluation(table, evaluation);
      else if (format === "json") io.printJson(evaluationJson(evaluation));
      else if (!isTable) printEvaluation(io, evaluation);
    };
    for (const variant of variants) {
      const evaluation = await runEvaluation(io, {
        folder,
        list,
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
      if (isTable) print(evaluation);
    }
    const [first] = evaluations;
    try {
      // Before printing, as a reader of the output may stop after one line.
      if (svg !== undefined) await writeTextWhole(svg, draw(first!));
    } finally {
      // Print the measurements even if the file can't be written.
      if (!isTable) print(first!);
      else if (format === "text") printVariants(io, evaluations);
    }
    return evaluations.every(({ failed }) => failed === 0) ? 0 : 1;
  },
};

/** With one image at a time, it gets all the threads that `auto` gives to many images. */
function oneAtATime({ threads }: { readonly threads: number | "auto" }) {
  return threads === "auto"
    ? { threads: Math.min(coreCount(), MAX_THREADS) }
    : {};
}

function draw({ request, summary }: Evaluation): string {
  const { top1, images, confusion } = summary as Summary; // --svg is rejected for a sigmoid.
  const title = `${request.models.map(displaySource).join(", ")}: ${
    percent(top1)
  } of ${images} images right`;
  return confusionChart(title, withoutEmptyClasses(confusion));
}

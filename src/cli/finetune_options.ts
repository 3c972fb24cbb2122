/**
 * What `totem finetune` is asked on its command line.
 *
 * @module
 */
import { MAX_HIDDEN_UNITS } from "../train/finetune_options.ts";
import {
  assertOnePositional,
  parse,
  parseChoice,
  parseCount,
  parseKept,
  parsePart,
  parseThreads,
  UsageError,
} from "./command.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  parseImageOptions,
} from "./image_options.ts";

/** For `--help`. */
export const FINETUNE_HELP = `\
Usage: totem finetune FOLDER --out FILE [options]

Teaches a model new classes with photos: FOLDER has a folder for each class, whose
name is the class's. The features stay, and get a new classifier. FILE is an int8
model that every command takes as --model.

Options:
  --out FILE         Where the model goes: a .safetensors
  --model SOURCE     Whose features are used: a known name (see totem models), or
                     the path or address of a Totem file (default: nsfw)
  --validation FOLDER  Photos of the same classes to measure with
  --validation-split PART  Without such a folder, the part of each class's photos
                     that is held out for that, >= 0 and < 1 (default: 0.2)
  --augmentations N  Views of each photo to learn from: itself, and crops, half of
                     them mirrored (default: 4)
  --hidden-units N   Units of a hidden layer, 16384 at most (default: no such layer)
  --dropout PART     What is dropped before the last layer, >= 0 and < 1
                     (default: 0)
  --label-smoothing PART  The epsilon of label smoothing, >= 0 and < 1
                     (default: 0.1)
  --optimizer NAME   rmsprop, the paper's, or adam (default: rmsprop)
  --learning-rate R  The optimizer's step size (default: 0.045 with rmsprop,
                     0.001 with adam)
  --epochs N         Most epochs to train (default: 60)
  --patience N       Stop after N epochs without improvement (default: 10)
  --seed N           Decides all that is random (default: 1)
  --variant NAME     full (299 pixels), low151, low79, or a size in pixels: FILE is
                     for it (default: what the model says, else full)
  --threads N        Threads that compute features (default: one a core)
${IMAGE_HELP}
  --svg FILE         The confusion matrix as a chart: an .svg
  --json             The report as one JSON object

Example:
  totem finetune parts/ --out parts.safetensors
  totem classify --model parts.safetensors photo.jpg`;

const OPTIMIZERS = ["rmsprop", "adam"] as const;

/** @throws {UsageError} When an option isn't one of those that are taken. */
export function parseFinetune(args: readonly string[]) {
  const { values, positionals } = parse(args, {
    ...IMAGE_OPTIONS,
    out: { type: "string" },
    model: { type: "string", default: "nsfw" },
    validation: { type: "string" },
    "validation-split": { type: "string" },
    augmentations: { type: "string", default: "4" },
    "hidden-units": { type: "string" },
    dropout: { type: "string", default: "0" },
    "label-smoothing": { type: "string", default: "0.1" },
    optimizer: { type: "string", default: "rmsprop" },
    "learning-rate": { type: "string" },
    epochs: { type: "string", default: "60" },
    patience: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    variant: { type: "string" },
    threads: { type: "string", default: "auto" },
    svg: { type: "string" },
    json: { type: "boolean" },
  });
  const folder = assertOnePositional(positionals, "finetune", "FOLDER");
  const { out, validation } = values;
  const split = values["validation-split"];
  const units = values["hidden-units"];
  if (out === undefined) {
    throw new UsageError("Cannot finetune as --out FILE must be given");
  }
  if (validation !== undefined && split !== undefined) {
    throw new UsageError(
      "Cannot use --validation-split with --validation: it has the photos to measure with",
    );
  }
  const rate = values["learning-rate"];
  const settings = {
    validationSplit: parsePart("validation-split", split ?? "0.2"),
    augmentations: parseCount("augmentations", values.augmentations, 1),
    hiddenUnits: units === undefined
      ? undefined
      : parseCount("hidden-units", units, 1, MAX_HIDDEN_UNITS),
    dropout: parsePart("dropout", values.dropout),
    labelSmoothing: {
      epsilon: parsePart("label-smoothing", values["label-smoothing"]),
    },
    optimizer: parseChoice("optimizer", values.optimizer, OPTIMIZERS),
    learningRate: rate === undefined ? undefined : parseRate(rate),
    epochs: parseCount("epochs", values.epochs, 1),
    patience: parseCount("patience", values.patience, 1),
    seed: parseCount("seed", values.seed, 0),
    variant: parseKept(values.variant),
    threads: parseThreads(values.threads),
    threading: "throughput" as const,
  };
  return {
    folder,
    validation,
    out,
    model: values.model,
    svg: values.svg,
    json: values.json,
    settings,
    reading: parseImageOptions(values),
  };
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate < Infinity) return rate;
  throw new UsageError(
    `Cannot use --learning-rate ${text} as it must be a number > 0`,
  );
}

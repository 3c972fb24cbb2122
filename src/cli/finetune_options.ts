import { MAX_HIDDEN_UNITS } from "../train/finetune_options.ts";
import {
  choice,
  count,
  fileVariant,
  flag,
  number,
  part,
  requiredText,
  text,
  threads,
} from "./option_kinds.ts";
import { parseOne } from "./command.ts";
import { UsageError } from "./options.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";

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

/** @throws {UsageError} When an option isn't one of those that are taken. */
export function parseFinetune(args: readonly string[]) {
  const { argument: folder, out, validation, model, svg, json, ...values } =
    parseOne(args, "finetune", "FOLDER", {
      ...IMAGE_OPTIONS,
      out: requiredText("FILE"),
      model: text("nsfw"),
      validation: text(),
      "validation-split": part(undefined),
      augmentations: count(4, 1),
      "hidden-units": count(undefined, 1, MAX_HIDDEN_UNITS),
      dropout: part(0),
      "label-smoothing": part(0.1),
      optimizer: choice("rmsprop", ["rmsprop", "adam"]),
      "learning-rate": number(
        undefined,
        "> 0",
        (it) => it > 0 && it < Infinity,
      ),
      epochs: count(60, 1),
      patience: count(10, 1),
      seed: count(1, 0),
      variant: fileVariant,
      threads,
      svg: text(),
      json: flag,
    });
  const split = values["validation-split"];
  if (validation !== undefined && split !== undefined) {
    throw new UsageError(
      "Cannot use --validation-split with --validation: it has the photos to measure with",
    );
  }
  const settings = {
    validationSplit: split ?? 0.2,
    augmentations: values.augmentations,
    hiddenUnits: values["hidden-units"],
    dropout: values.dropout,
    labelSmoothing: { epsilon: values["label-smoothing"] },
    optimizer: values.optimizer,
    learningRate: values["learning-rate"],
    epochs: values.epochs,
    patience: values.patience,
    seed: values.seed,
    variant: values.variant,
    threads: values.threads,
    threading: "throughput" as const,
  };
  const reading = imageReading(values);
  return { folder, validation, out, model, svg, json, settings, reading };
}

import { ArgumentError } from "../errors.ts";
import { describeBackend } from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import type { Command } from "./command.ts";
import {
  type Classification,
  type ClassifiedFrame,
  type ClassifyOptions,
  type ClassLogit,
  highestLogits,
} from "../classification.ts";
import { ANY_FORMAT } from "../image/image_format.ts";
import type { Pixels } from "../image/mod.ts";
import { classOutput } from "./class_output.ts";
import { FORMAT_OPTIONS, formatOf } from "./format_option.ts";
import { count, threshold } from "./option_kinds.ts";
import { LIST_HELP, LIST_OPTIONS, openPathList } from "./list_options.ts";
import { parseOptions } from "./options.ts";
import { assumedOf } from "./model_notes.ts";
import { forEachImage, PREPROCESSED } from "./each_image.ts";
import { findImages } from "./found_images.ts";
import { FRAMES_OPTION } from "./frames_option.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  SOURCE_HELP,
} from "./model_options.ts";
import { LABELS_HELP, LABELS_OPTION } from "./network_options.ts";

/** `totem classify` */
export const classify: Command = {
  summary: "Classify images",
  help: `\
Usage: totem classify [options] IMAGE...

Prints the most likely classes of each image. IMAGE is a file, a folder
(searched with its subfolders), a glob, or - for standard input. Hidden files
and symlinked folders are skipped.

Images can be ${ANY_FORMAT}.

A multi-label model (one with a sigmoid) gives all labels that reach the
threshold, possibly none. A model without an activation gives logits.

Options:
${SOURCE_HELP}
${LIST_HELP}
  --top N            Number of classes to print (default: 5; for a multi-label
                     model, all that reach the threshold)
  --threshold P      Lowest probability to print, 0 to 1 (default: 0; for a
                     multi-label model, 0.5)
  --frames N         Number of frames of a GIF, animated WebP or animated PNG to
                     run, evenly spaced from first to last; their probabilities
                     are averaged. Only the first frame of an animated AVIF
                     or HEIC can be decoded (default: 1, the first)
${LABELS_HELP}
  --format NAME      Print text, json, csv or tsv (default: text)
  --json             Same as --format json. --help-all describes the formats

Formats:
  csv and tsv have one row per class of an image: file, rank, label, id, index,
  probability, logit, error. An image without a class, or with an error, has one
  row. json has one object per line:
    {"file","classes":[{"label","id","index","probability"}],
    "input":{"variant","size","assumed":[what the model doesn't say]},
    "backend":{"device","precision","activationBits"}}
  or {"file","error"} for an image that can't be read. A model without an
  activation has "logit" instead of "probability". --frames adds
  "frames":[{"frame","time","classes"}], with the time in seconds, and
  "frameCount", the number of frames in the image.

${IMAGE_HELP}

${MODEL_HELP}

Example:
  totem classify --top 1 photo.jpg`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, {
      ...MODEL_OPTIONS,
      ...LABELS_OPTION,
      ...IMAGE_OPTIONS,
      top: count(undefined, 1),
      threshold: threshold(),
      ...FRAMES_OPTION,
      ...FORMAT_OPTIONS,
      ...LIST_OPTIONS,
    });
    const { top, threshold: least, frames } = values;
    const asked = { top, threshold: least };
    const format = formatOf(values, "text");
    const reading = imageReading(values);
    const output = classOutput<ReturnType<typeof answerOf>>(io, format, least);
    const list = await openPathList(io.streams, values, false);
    const { fail: onProblem } = output;
    const images = await findImages(io, positionals, { list, onProblem });
    if (images === null) return 1;
    const { model, input } = loadModel(io, values, images.atLeast);
    return await forEachImage(io, images, images.inputs, {
      loading: { model: model.then((it) => assertAnswers(it, least)), input },
      reading,
      use: async (model, input) => ({
        result: answerOf(
          model,
          await classesOf(model, input, { ...PREPROCESSED, ...asked }),
        ),
        of: "",
      }),
      useFile: frames === undefined
        ? undefined
        : async (model, bytes, file) => {
          const options = { ...reading, ...asked, frames };
          const result = answerOf(
            model,
            await classesOf(model, bytes, options),
          );
          const { countFrames, framesText } = await import("./count_frames.ts");
          const of = framesText(countFrames(io, file, bytes, frames));
          return { result, of };
        },
      show: ({ file }, { result, of }) => output.show(file, result, of),
      skip: ({ file }, reason) => output.fail(file, reason),
    });
  },
};

/** Classifies an image, and each of its frames if frames were requested. */
async function classesOf(
  model: Classifier,
  image: Pixels | Uint8Array,
  options: ClassifyOptions,
): Promise<Answer> {
  if (model.metadata.activation.value === "none") {
    const { top, threshold: _, ...running } = options;
    const logits = await model.logits(image, running);
    return { classes: highestLogits(model, logits, top) };
  }
  return options.frames === undefined
    ? { classes: await model.classify(image, options) }
    : await model.classifyFrames(image, options);
}

interface Answer {
  readonly classes: readonly (Classification | ClassLogit)[];
  readonly frames?: readonly ClassifiedFrame[];
  readonly frameCount?: number;
}

/** Adds the model's input and backend to an answer. */
function answerOf(model: Classifier, answer: Answer) {
  return {
    ...answer,
    input: inputOf(model),
    backend: describeBackend(model),
  };
}

/** A short description of a model's input. */
function inputOf({ metadata, size }: Classifier) {
  return {
    variant: metadata.variant.value,
    size,
    assumed: assumedOf(metadata),
  };
}

/** @param threshold From the options; not supported for logits. */
function assertAnswers(
  model: Classifier,
  threshold: number | undefined,
): Classifier {
  const { activation } = model.metadata;
  const problem = activation.value === null
    ? "Cannot classify as the model has no classes: totem features works"
    : activation.value === "none" && threshold !== undefined
    ? "Cannot use --threshold as the model gives logits, not probabilities: give --activation softmax or sigmoid, whichever it was trained with"
    : null;
  if (problem === null) return model;
  model[Symbol.dispose]();
  throw new ArgumentError(problem);
}

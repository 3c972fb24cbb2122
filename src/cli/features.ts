import { asBytes } from "../io/bytes.ts";
import type { Classifier } from "../classifier.ts";
import type { Command } from "./command.ts";
import { flag, text } from "./option_kinds.ts";
import { LIST_HELP, LIST_OPTIONS, openPathList } from "./list_options.ts";
import { parseOptions, UsageError } from "./options.ts";
import { forEachImage, type ImageWork, PREPROCESSED } from "./each_image.ts";
import { countImages, findImages, type FoundImages } from "./found_images.ts";
import {
  featureOutput,
  type FeaturesFound,
  withBackend,
} from "./feature_output.ts";
import { formatOf, formatOptions } from "./format_option.ts";
import { FRAMES_OPTION } from "./frames_option.ts";
import type { InputFile } from "./image_files.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  type ModelLoading,
  SOURCE_HELP,
} from "./model_options.ts";
import { ArgumentError } from "../errors.ts";
import { npyHeader } from "../io/npy.ts";
import type { Terminal } from "./terminal.ts";

/** `totem features` */
export const features: Command = {
  summary: "Extract image features, for search and other classifiers",
  help: `\
Usage: totem features [options] IMAGE...

Extracts image features: the pooled activations before the classifier, 2048
numbers per image unless the model ends earlier. Prints one JSON object per
line, or a NumPy array with --npy. IMAGE is a file, a folder (searched with its
subfolders), a glob, or - for standard input. Hidden files and symlinked
folders are skipped.

Options:
${SOURCE_HELP}
${LIST_HELP}
  --format NAME      Write json, csv, tsv or npy (default: json). json has one
                     object per line: {"file","features":[...],"backend"}, or
                     {"file","error"} for an image that can't be read. csv and
                     tsv have one row per image: file, f0, f1 and so on, error.
                     npy is a NumPy array of f32 with one row per image, in
                     order; the row of an unreadable image is NaN
  --json             Same as --format json
  --npy              Same as --format npy
  --resume FILE      With --npy: write the array to FILE, an .npy that stays
                     readable if the run is stopped. The same command continues
                     from the first image that has changed since (in size or
                     time). FILE.rows.jsonl lists the image of each row
  --frames N         Number of frames of a GIF, animated WebP or animated PNG to
                     run, evenly spaced from first to last; their features are
                     averaged. Only the first frame of an animated AVIF or
                     HEIC can be decoded (default: 1, the first)

${IMAGE_HELP}

${MODEL_HELP}

Example:
  totem features --npy photos > features.npy`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, {
      ...MODEL_OPTIONS,
      ...IMAGE_OPTIONS,
      ...FRAMES_OPTION,
      ...LIST_OPTIONS,
      ...formatOptions(["json", "csv", "tsv", "npy"]),
      npy: flag,
      resume: text(),
    });
    const { resume, frames } = values;
    const format = formatOf(values, values.npy ? "npy" : "json");
    if (values.npy && format !== "npy") {
      throw new UsageError(`Cannot use --npy with --format ${format}`);
    }
    const npy = format === "npy";
    if (resume !== undefined && !npy) {
      throw new UsageError("Cannot use --resume FILE without --npy");
    }
    if (npy && resume === undefined && io.streams.stdout.isTerminal()) {
      throw new UsageError(
        "Cannot write an array to a terminal: send it to a file with > FILE",
      );
    }
    const reading = imageReading(values);
    // An array can't hold error messages.
    const output = npy ? null : featureOutput(io, format);
    const onProblem = output?.fail;
    const useFile = frames === undefined
      ? undefined
      : async (model: Classifier, bytes: Uint8Array, file: string) => {
        const row = await model.features(bytes, { ...reading, frames });
        const { countFrames } = await import("./count_frames.ts");
        countFrames(io, file, bytes, frames);
        return row;
      };
    const work = { reading, use: featuresOf, useFile };
    // For an array, the rows are counted before the first one is written.
    const list = await openPathList(io.streams, values, npy);
    const finding = { list, ...onProblem && { onProblem } };
    const images = await findImages(io, positionals, finding);
    if (images === null) {
      output?.begin(0);
      return 1;
    }
    if (resume !== undefined) {
      // Imported on demand: rarely needed, and it imports `node:` modules.
      const { assertWritable } = await import("./write_file.ts");
      const { resumeFeatures } = await import("./resume_features.ts");
      await assertWritable(resume, ".npy");
      const loading = loadModel(io, values, images.atLeast);
      return await resumeFeatures(io, resume, images, {
        loading,
        ...work,
        frames,
        source: values.model,
      });
    }
    const loading = loadModel(io, values, images.atLeast);
    if (output === null) return await intoArray(io, images, loading, work);
    const begun = loading.model.then((model) => {
      output.begin(model.featureCount);
      return model;
    });
    return await forEachImage(io, images, images.inputs, {
      loading: { ...loading, model: begun },
      reading,
      use: withBackend(featuresOf),
      useFile: useFile && withBackend(useFile),
      show: ({ file }, found: FeaturesFound) => output.show(file, found),
      skip: ({ file }, reason) => output.fail(file, reason),
    });
  },
};

function featuresOf(
  model: Classifier,
  input: Parameters<Classifier["features"]>[0],
) {
  return model.features(input, PREPROCESSED);
}

/** Writes an array to standard output. Its header states the number of rows in advance. */
async function intoArray(
  io: Terminal,
  images: FoundImages,
  { model, input }: ModelLoading,
  work: Pick<ImageWork<InputFile, Float32Array>, "reading" | "use" | "useFile">,
): Promise<number> {
  let absent = new Float32Array(); // The row of a failed image.
  let left = 0;
  const begin = async () => {
    const [classifier, rows] = await Promise.all([model, countImages(images)]);
    const { featureCount } = classifier;
    io.printBytes(npyHeader([rows, featureCount]));
    absent = new Float32Array(featureCount).fill(NaN);
    left = rows;
    return classifier;
  };
  const assertLeft = (isRight: boolean) => {
    if (isRight) return;
    throw new ArgumentError(
      "Cannot go on as images were added or removed since they were counted, so that the array has other rows than its header says: run again",
    );
  };
  const show = (_: unknown, row: Float32Array) => {
    assertLeft(left-- > 0);
    io.printBytes(asBytes(row));
  };
  const code = await forEachImage(io, images, images.inputs, {
    loading: { model: begin(), input },
    ...work,
    show,
    skip: (image) => show(image, absent),
  });
  assertLeft(left === 0);
  return code;
}

import { describeBackend } from "../describe_backend.ts";
import { asBytes } from "../io/bytes.ts";
import type { Classifier } from "../classifier.ts";
import type { Command } from "./command.ts";
import { flag, text } from "./option_kinds.ts";
import { parseOptions, UsageError } from "./options.ts";
import { forEachImage, type ImageWork, PREPROCESSED } from "./each_image.ts";
import { countImages, findImages, type FoundImages } from "./found_images.ts";
import { countFrames, FRAMES_OPTION } from "./frames_option.ts";
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
subfolders), a glob, or - for standard input. Hidden files and linked folders
are skipped.

Options:
${SOURCE_HELP}
  --npy              Write a NumPy array of f32 with one row per image, in
                     order; the row of an unreadable image is NaN. Without
                     --npy: {"file","features":[...],"backend"}, or
                     {"file","error"} for an image that can't be read
  --resume FILE      With --npy: write the array to FILE, an .npy that stays
                     readable if the run is stopped. The same command continues
                     from the first image that has changed since (in size or
                     time). FILE.rows.jsonl lists the image of each row
  --frames N         Number of frames of a GIF, animated WebP or animated PNG to
                     run, evenly spaced from first to last; their features are
                     averaged. Of an animated AVIF or HEIC only the first frame
                     can be decoded (default: 1, the first)

${IMAGE_HELP}

${MODEL_HELP}

Example:
  totem features --npy photos > features.npy`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, {
      ...MODEL_OPTIONS,
      ...IMAGE_OPTIONS,
      ...FRAMES_OPTION,
      npy: flag,
      resume: text(),
    });
    const { npy, resume, frames } = values;
    if (resume !== undefined && !npy) {
      throw new UsageError("Cannot use --resume FILE without --npy");
    }
    if (npy && resume === undefined && io.streams.stdout.isTerminal()) {
      throw new UsageError(
        "Cannot write an array to a terminal: send it to a file with > FILE",
      );
    }
    const reading = imageReading(values);
    const showError = (file: string, error: string) => {
      if (!npy) io.printJson({ file, error });
    };
    const useFile = frames === undefined
      ? undefined
      : async (model: Classifier, bytes: Uint8Array, file: string) => {
        const row = await model.features(bytes, { ...reading, frames });
        countFrames(io, file, bytes, frames);
        return row;
      };
    const work = { reading, use: featuresOf, useFile };
    const images = await findImages(io, positionals, showError);
    if (images === null) return 1;
    if (resume !== undefined) {
      // Few need it, and it brings modules of `node:` along.
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
    if (npy) return await intoArray(io, images, loading, work);
    const inJson = {
      use: asJson(featuresOf),
      useFile: useFile && asJson(useFile),
    };
    return await forEachImage(io, images, images.inputs, {
      loading,
      reading,
      ...inJson,
      show: ({ file }, it) => io.printJson({ file, ...it }),
      skip: ({ file }, reason) => showError(file, reason),
    });
  },
};

function featuresOf(
  model: Classifier,
  input: Parameters<Classifier["features"]>[0],
) {
  return model.features(input, PREPROCESSED);
}

/** The features with the conditions under which they were made. */
function asJson<A extends readonly unknown[]>(
  run: (model: Classifier, ...image: A) => Promise<Float32Array>,
) {
  return async (model: Classifier, ...image: A) => ({
    features: [...await run(model, ...image)],
    backend: describeBackend(model),
  });
}

/** An array on standard output, whose header says how many rows will come. */
async function intoArray(
  io: Terminal,
  images: FoundImages,
  { model, input }: ModelLoading,
  work: Pick<ImageWork<InputFile, Float32Array>, "reading" | "use" | "useFile">,
): Promise<number> {
  let absent = new Float32Array(); // The row of a broken image.
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

import { describeBackend } from "../describe_backend.ts";
import { asBytes } from "../io/bytes.ts";
import type { Classifier } from "../classifier.ts";
import type { Command } from "./command.ts";
import { flag, text } from "./option_kinds.ts";
import { parseOptions, UsageError } from "./options.ts";
import { counted } from "../text/numbers.ts";
import { findImages, type Images, PREPROCESSED } from "./each_image.ts";
import type { VersionedFile } from "./feature_file.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  imageReading,
} from "./image_options.ts";
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  type ModelLoading,
} from "./model_options.ts";
import { npyHeader } from "../io/npy.ts";
import { exitOnInterrupt } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** `totem features` */
export const features: Command = {
  summary: "Give images as vectors, for search and for other classifiers",
  help: `\
Usage: totem features [options] IMAGE...

Gives the pooled activations before the classifier for each image: 2048, unless
the model ends earlier. IMAGE is a file, a folder (with the images in it and
below), a glob, or - for standard input. Hidden files and folders behind links
are skipped.

Options:
  --npy              One NumPy array of f32, a row an image in the order of the
                     images; the row of a broken one is NaN. Without it, one
                     JSON object a line: {"file","features":[...],"backend"}, or
                     {"file","error"} for one that can't be read
  --resume FILE      With --npy: the array goes to FILE, an .npy that can be read
                     whenever the run ends, and the same command goes on from it:
                     from the first image that was changed since (in size or time).
                     FILE.rows.jsonl says which image each row is of
${IMAGE_HELP}
${MODEL_HELP}

Example:
  totem features --npy photos > features.npy`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, {
      ...MODEL_OPTIONS,
      ...IMAGE_OPTIONS,
      npy: flag,
      resume: text(),
    });
    const { npy, resume } = values;
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
    const images = await findImages(io, positionals, reading, showError);
    if (images.count === 0) return 1;
    if (resume !== undefined) {
      // Few need it, and it brings modules of `node:` along.
      const { assertWritable } = await import("./write_file.ts");
      await assertWritable(resume, ".npy");
      const loading = loadModel(io, values, images.count);
      return await intoFile(io, resume, images, loading, {
        model: values.model,
        reading,
      });
    }
    const loading = loadModel(io, values, images.count);
    if (npy) return await intoArray(io, images, loading);
    return await images.forEach(
      loading,
      async (model, input) => ({
        features: [...await featuresOf(model, input)],
        backend: describeBackend(model),
      }),
      (file, it) => io.printJson({ file, ...it }),
      showError,
    );
  },
};

function featuresOf(
  model: Classifier,
  input: Parameters<Classifier["features"]>[0],
) {
  return model.features(input, PREPROCESSED);
}

/** An array on standard output, whose header says how many rows will come. */
async function intoArray(
  io: Terminal,
  images: Images,
  { model, input }: ModelLoading,
): Promise<number> {
  let absent = new Float32Array(); // The row of a broken image.
  const begun = model.then((model) => {
    const { featureCount } = model;
    io.printBytes(npyHeader([images.count, featureCount]));
    absent = new Float32Array(featureCount).fill(NaN);
    return model;
  });
  return await images.forEach(
    { model: begun, input },
    featuresOf,
    (_, row) => io.printBytes(asBytes(row)),
    () => io.printBytes(asBytes(absent)),
  );
}

/** An array in a file, which goes on where an earlier run ended. */
async function intoFile(
  io: Terminal,
  path: string,
  images: Images,
  loading: ModelLoading,
  { model: source, reading }: {
    readonly model: string;
    readonly reading: ImageReading;
  },
): Promise<number> {
  const { openFeatureFile } = await import("./feature_file.ts");
  const { modelConditions } = await import("./model_conditions.ts");
  const { versionOf } = await import("./file_version.ts");
  using model = await loading.model;
  const files: VersionedFile[] = [];
  // One after the other: Deno takes a minute for 100,000 at once, and 2 s so.
  for (const file of images.files) {
    files.push({ file, version: await versionOf(file) });
  }
  using array = await openFeatureFile(
    path,
    files,
    model.featureCount,
    {
      ...await modelConditions([source], [model]),
      // Rows of images that were refused are kept, too.
      images: reading,
    },
  );
  using _listening = exitOnInterrupt(io);
  const { done, failed, outdated } = array;
  if (outdated !== undefined) {
    io.tell(
      `${path}: rows from ${
        done + 1
      } on are run again, as ${outdated} was changed since or nothing says that it wasn't`,
    );
  }
  for (const { file, error } of failed) io.tellProblem(file, error);
  const code = await images.forEach(
    loading,
    featuresOf,
    (_, row) => array.add(row),
    (_, error) => array.fail(error),
    { done, failed: failed.length },
  );
  io.tell(
    `${path}: ${counted(images.count, "row")}, ${images.count - done} computed`,
  );
  return code;
}

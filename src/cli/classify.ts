import { ArgumentError } from "../errors.ts";
import { describeBackend } from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import type { Command } from "./command.ts";
import { count, flag } from "./option_kinds.ts";
import { parseOptions } from "./options.ts";
import { assumedOf } from "./model_notes.ts";
import { findImages, PREPROCESSED } from "./each_image.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import { percent } from "../text/numbers.ts";
import { loadModel, MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";

/** `totem classify` */
export const classify: Command = {
  summary: "Name what is in images",
  help: `\
Usage: totem classify [options] IMAGE...

Names what is in JPEG, PNG and WebP images, most likely class first. IMAGE is a
file, a folder (with the images in it and below), a glob, or - for standard input.
Hidden files and folders behind links are skipped.

Options:
  --top N            How many classes to give (default: 5)
  --json             One JSON object a line:
                     {"file","classes":[{"label","id","index","probability"}],
                     "input":{"variant","size","assumed":[what the model
                     doesn't say]},
                     "backend":{"device","precision","activationBits"}}, or
                     {"file","error"} for one that can't be read
${IMAGE_HELP}
${MODEL_HELP}

Example:
  totem classify --top 1 photo.jpg`,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, {
      ...MODEL_OPTIONS,
      ...IMAGE_OPTIONS,
      top: count(5, 1),
      json: flag,
    });
    const { top } = values;
    const showError = (file: string, error: string) => {
      if (values.json) io.printJson({ file, error });
    };
    const reading = imageReading(values);
    const images = await findImages(io, positionals, reading, showError);
    if (images.count === 0) return 1;
    const { model, input } = loadModel(io, values, images.count);
    return await images.forEach(
      { model: model.then(assertClasses), input },
      async (model, input) => ({
        classes: await model.classify(input, { ...PREPROCESSED, top }),
        input: inputOf(model),
        backend: describeBackend(model),
      }),
      (file, { classes, ...model }) => {
        if (values.json) return io.printJson({ file, classes, ...model });
        io.print(io.paint("bold", file));
        for (const { label, probability } of classes) {
          io.print(`  ${percent(probability).padStart(6)}  ${label}`);
        }
      },
      showError,
    );
  },
};

/** How images enter a model, in a few numbers. */
function inputOf({ metadata, size }: Classifier) {
  return {
    variant: metadata.variant.value,
    size,
    assumed: assumedOf(metadata),
  };
}

function assertClasses(model: Classifier): Classifier {
  if (model.labels.length > 0) return model;
  model[Symbol.dispose]();
  throw new ArgumentError(
    "Cannot classify as the model has no classes: totem features works",
  );
}

import { type Command, parse, UsageError } from "./command.ts";
import { AS_IT_IS, findImages } from "./each_image.ts";
import { loadModel, MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { npyHeader } from "./npy.ts";
import { printBytes, printJson } from "./terminal.ts";

/** `totem features` */
export const features: Command = {
  summary: "Give images as vectors, for search and for other classifiers",
  help: `\
Usage: totem features [options] IMAGE...

Gives the 2048 pooled activations before the classifier of each image.
IMAGE is a file, a folder, a glob, or - for standard input.

Options:
  --npy              One NumPy array of f32, a row an image in the order of the
                     images; the row of a broken one is NaN. Without it, one
                     JSON object a line: {"file","features":[...]}, or
                     {"file","error"} for one that can't be read
${MODEL_HELP}

Example:
  totem features --npy examples/photos > features.npy`,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...MODEL_OPTIONS,
      npy: { type: "boolean" },
    });
    if (values.npy && Deno.stdout.isTerminal()) {
      throw new UsageError(
        "Cannot write an array to a terminal: send it to a file with > FILE",
      );
    }
    const showError = (file: string, error: string) => {
      if (!values.npy) printJson({ file, error });
    };
    const images = await findImages(positionals, showError);
    if (images.count === 0) return 1;
    let absent = new Float32Array(); // The row of a broken image.
    const { model, input } = loadModel(values, images.count);
    const begun = model.then((model) => {
      // What comes first says how much will come.
      const { featureCount } = model;
      if (values.npy) printBytes(npyHeader([images.count, featureCount]));
      absent = new Float32Array(featureCount).fill(NaN);
      return model;
    });
    return await images.forEach(
      { model: begun, input },
      (model, input) => model.features(input, AS_IT_IS),
      (file, row) => {
        if (values.npy) return printBytes(bytesOf(row));
        printJson({ file, features: [...row] });
      },
      (file, error) => {
        if (values.npy) printBytes(bytesOf(absent));
        else showError(file, error);
      },
    );
  },
};

function bytesOf(row: Float32Array): Uint8Array {
  return new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
}

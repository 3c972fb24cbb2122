import { asBytes } from "../io/bytes.ts";
import { describeBackend } from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import type { ExplainMethod, Explanation } from "../explain/explanation.ts";
import { drawOverlay } from "../explain/overlay.ts";
import { encodePng } from "../image/encode_png.ts";
import { type Command, parseOne } from "./command.ts";
import { choice, text } from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  imageReading,
  withImage,
} from "./image_options.ts";
import { readBytes } from "./image_files.ts";
import { LABELS_HELP, LABELS_OPTION } from "./network_options.ts";
import { loadModel, MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { npyHeader } from "../io/npy.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeFileWhole } from "./write_file.ts";

const METHODS: readonly ExplainMethod[] = ["cam", "occlusion"];

/** `totem explain` */
export const explain: Command = {
  summary: "Show where in an image a class is seen",
  help: `\
Usage: totem explain IMAGE --out FILE [options]

Shows which parts of an image speak for a class. IMAGE is a file, or - for
standard input. FILE's name says what is written:
  .png               A picture: lighter areas speak more for the class
  .npy               The map as a NumPy array of f32, [rows, columns]
  .json              The map, with the class and where its cells lie:
                     {"method","label","id","index","probability","rows",
                     "columns","values","crop","mapBounds","backend"}

Options:
  --out FILE         Where it goes: a .png, .npy or .json
  --class NAME       The class, by its name or id; required for a model that
                     gives logits (default: the most likely)
  --method NAME      cam, how much of the class's score comes from each cell of
                     the network's last grid; or occlusion, how much of its
                     probability is lost when the cell is covered (default: cam)
${IMAGE_HELP}
${LABELS_HELP}
${MODEL_HELP}

Example:
  totem explain photo.jpg --out heat.png`,
  async run(args, io) {
    const values = parseOne(args, "explain", "IMAGE", {
      ...MODEL_OPTIONS,
      ...LABELS_OPTION,
      ...IMAGE_OPTIONS,
      out: text(),
      class: text(),
      method: choice("cam", METHODS),
    });
    const { argument: file, out, method } = values;
    const reading = imageReading(values);
    const format = out?.match(/\.(png|npy|json)$/i)?.[1]?.toLowerCase();
    if (out === undefined || format === undefined) {
      throw new UsageError(
        "Cannot explain as --out FILE must be given, and end in .png, .npy or .json",
      );
    }
    await assertWritable(out, `.${format}`, [
      file,
      values.model,
      values.labels,
    ]);
    const photo = await readBytes(file, io.streams);
    // Occlusion has the network run on many images.
    const { model } = loadModel(io, values, method === "cam" ? 1 : Infinity);
    using classifier = await model;
    const explanation = await withImage(
      file,
      () =>
        classifier.explain(photo, { ...reading, class: values.class, method }),
    );
    const parts = format === "png"
      ? [
        await encodePng(
          await drawOverlay(photo, explanation, reading),
        ),
      ]
      : format === "npy"
      ? npyOf(explanation)
      : [`${jsonOf(explanation, classifier)}\n`];
    await writeFileWhole(out, new Blob(parts as BlobPart[]).stream());
    const { label, probability } = explanation;
    const part = probability === null ? [] : [percent(probability).padStart(6)];
    io.print([...part, label, out].join("  "));
    return 0;
  },
};

function npyOf({ rows, columns, values }: Explanation): readonly Uint8Array[] {
  return [npyHeader([rows, columns]), asBytes(values)];
}

function jsonOf(explanation: Explanation, classifier: Classifier): string {
  return JSON.stringify({
    ...explanation,
    values: [...explanation.values],
    backend: describeBackend(classifier),
  });
}

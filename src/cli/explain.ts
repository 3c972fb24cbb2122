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
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  SOURCE_HELP,
} from "./model_options.ts";
import { npyHeader } from "../io/npy.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeFileWhole } from "./write_file.ts";

const METHODS: readonly ExplainMethod[] = ["cam", "occlusion"];

/** `totem explain` */
export const explain: Command = {
  summary: "Show which parts of an image support a class",
  help: `\
Usage: totem explain IMAGE --out FILE [options]

Shows which parts of an image support a class, as a heat map. IMAGE is a file,
or - for standard input. The extension of FILE sets the format:
  .png               A picture: lighter areas support the class more
  .npy               The map as a NumPy array of f32, [rows, columns]
  .json              The map, with its class and the position of its cells:
                     {"method","label","id","index","probability","rows",
                     "columns","values","crop","mapBounds","backend"}

Options:
${SOURCE_HELP}
  --out FILE         Output file: .png, .npy or .json. Its folder is created
  --class NAME       Name or id of the class; required for a model that gives
                     logits (default: the most likely)
  --method NAME      cam: class activation map, from the network's last grid of
                     features. occlusion: how far the probability drops when
                     each cell is covered; one run per cell (default: cam)
${LABELS_HELP}

${IMAGE_HELP}

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
        out === undefined
          ? "Cannot explain without --out FILE, a .png, .npy or .json"
          : `Cannot write ${out} as its name must end in .png, .npy or .json`,
      );
    }
    await assertWritable(out, `.${format}`, [
      file,
      values.model,
      values.labels,
    ]);
    const photo = await readBytes(file, io.streams);
    // Occlusion runs the network on many images.
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

import { kindAt } from "../io/open_file.ts";
import { contactSheet, findSimilar, type Match } from "../search/mod.ts";
import { type Command, parseOne } from "./command.ts";
import { count, flag, requiredText, text } from "./option_kinds.ts";
import { FileError } from "./file_error.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  imageReading,
  withImage,
} from "./image_options.ts";
import { addressFrom, modelFor, openIndex, pathOf } from "./index_file.ts";
import { readBytes, STDIN } from "./image_files.ts";
import { loadModel, MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

/** `totem search` */
export const search: Command = {
  summary: "Find the images of an index that are similar to a photo",
  help: `\
Usage: totem search PHOTO --index FILE [options]

Finds the images most similar to PHOTO, most similar first, each with the cosine
between both images' features: 1 is the same picture. PHOTO is a file, or - for
standard input. FILE is what totem index made, with the same model,
variant, crop and resize.

Options:
  --index FILE       The index
  --top N            How many images to give (default: 10)
  --html FILE        A page that shows them: an .html
  --json             One JSON object a line: {"file","similarity"}
${IMAGE_HELP}
${MODEL_HELP}

Example:
  totem search photo.jpg --index photos.safetensors --html similar.html`,
  async run(args, io) {
    const values = parseOne(args, "search", "PHOTO", {
      ...MODEL_OPTIONS,
      model: text(),
      ...IMAGE_OPTIONS,
      index: requiredText("FILE"),
      top: count(10, 1),
      html: text(),
      json: flag,
    });
    const { argument: photo, index: path, html, top } = values;
    const reading = imageReading(values);
    if (html !== undefined) {
      await assertWritable(html, ".html", [path, photo, values.model]);
    }
    const index = await openIndex(path);
    if (index === undefined) {
      const kind = await kindAt(path);
      throw new FileError(
        "search",
        path,
        kind === undefined
          ? "there is no such file: totem index makes it"
          : kind === "folder"
          ? "it is a folder: totem index makes a file of one"
          : `it is a ${kind}: the index must be a file`,
      );
    }
    const model = modelFor(path, index, values.model);
    const bytes = await readBytes(photo, io.streams);
    using classifier = await loadModel(io, { ...values, model }, 1).model;
    const found = await withImage(
      photo,
      () => findSimilar(index, classifier, bytes, { ...reading, top }),
    );
    const matches = found.map(({ name, similarity }) => ({
      file: pathOf(path, index, name),
      similarity,
    }));
    // First, as the reader of what is printed may stop after a line.
    if (html !== undefined) {
      await writeTextWhole(html, sheetOf(html, photo, matches));
    }
    for (const match of matches) {
      if (values.json) io.printJson(match);
      else io.print(lineOf(io, match));
    }
    return 0;
  },
};

interface FoundFile extends Pick<Match, "similarity"> {
  readonly file: string;
}

function lineOf(io: Terminal, { file, similarity }: FoundFile): string {
  return `  ${io.paint("bold", similarity.toFixed(3))}  ${file}`;
}

function sheetOf(
  page: string,
  photo: string,
  matches: readonly FoundFile[],
): string {
  const shown = (file: string) => ({
    name: file,
    src: addressFrom(page, file),
  });
  return contactSheet(
    photo === STDIN ? null : shown(photo),
    matches.map(({ file, similarity }) => ({ ...shown(file), similarity })),
  );
}

import { reusedMatrix } from "../search/code_matrix.ts";
import { contactSheet, mergeMatches } from "../search/mod.ts";
import { type Command, parseOne } from "./command.ts";
import {
  type Format,
  FORMAT_OPTIONS,
  formatOf,
  resultTable,
} from "./format_option.ts";
import { count, requiredTexts, text } from "./option_kinds.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  imageReading,
  withImage,
} from "./image_options.ts";
import { addressFrom } from "./index_file.ts";
import { readBytes, STDIN } from "./image_files.ts";
import { MODEL_HELP, MODEL_OPTIONS, SOURCE_HELP } from "./model_options.ts";
import {
  findSearched,
  type FoundFile,
  openSearched,
  type Searched,
} from "./searched.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

/** `totem search` */
export const search: Command = {
  summary: "Find images similar to a photo",
  help: `\
Usage: totem search PHOTO --index INDEX [options]

Finds the images most similar to PHOTO. Each result has the cosine similarity of
both images' features: 1 is the same picture. PHOTO is a file, or - for standard
input. INDEX is one of:
  - a file made by totem index with the same model, variant, crop and resize
  - a batch run planned with --task features: its folder or s3:// URL. Without
    --model, the run's own model is used

Options:
  --index INDEX      Index to search, or a glob such as 'parts/*.safetensors'.
                     Repeat it to search several as one
  --top N            Number of images to print (default: 10)
  --html FILE        Write the results as a web page, an .html
  --format NAME      Print text, json, csv or tsv (default: text). csv and tsv
                     have one row per image: rank, file, similarity
  --json             Same as --format json: one object per line,
                     {"file","similarity"}
${SOURCE_HELP}

${IMAGE_HELP}

${MODEL_HELP}

Examples:
  totem search photo.jpg --index photos.safetensors --html similar.html
  totem search photo.jpg --index 2024.safetensors --index runs/2025`,
  async run(args, io) {
    const values = parseOne(args, "search", "PHOTO", {
      ...MODEL_OPTIONS,
      model: text(),
      ...IMAGE_OPTIONS,
      index: requiredTexts("INDEX"),
      top: count(10, 1),
      html: text(),
      ...FORMAT_OPTIONS,
    });
    const { argument: photo, index, html, top } = values;
    const format = formatOf(values, "text");
    const reading = imageReading(values);
    const paths = await findSearched(index);
    if (html !== undefined) {
      await assertWritable(html, ".html", [...paths, photo, values.model]);
    }
    const matrixOf = reusedMatrix();
    let opened: Searched | undefined = await openSearched(
      io,
      paths[0]!,
      matrixOf,
    );
    const bytes = await readBytes(photo, io.streams);
    using classifier = await opened.loadModel(io, values);
    const features = await withImage(
      photo,
      () => classifier.features(bytes, reading),
    );
    let matches: readonly FoundFile[] = [];
    for (const path of paths) {
      // One at a time, so that only one index is in memory.
      const searched = opened ?? await openSearched(io, path, matrixOf);
      opened = undefined;
      const found = await searched.nearest(classifier, features, top);
      matches = mergeMatches([matches, found], top);
    }
    // Before printing, as a reader of the output may stop after one line.
    if (html !== undefined) {
      await writeTextWhole(html, sheetOf(html, photo, matches));
    }
    printMatches(io, format, matches);
    return 0;
  },
};

function printMatches(
  io: Terminal,
  format: Format,
  matches: readonly FoundFile[],
): void {
  if (format === "csv" || format === "tsv") {
    const table = resultTable(io, format, ["rank", "file", "similarity"]);
    for (const [i, match] of matches.entries()) {
      table.add({ rank: i + 1, ...match });
    }
    return;
  }
  for (const match of matches) {
    if (format === "json") {
      io.printJson(match);
      continue;
    }
    const { file, similarity } = match;
    io.print(`  ${io.paint("bold", similarity.toFixed(3))}  ${file}`);
  }
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

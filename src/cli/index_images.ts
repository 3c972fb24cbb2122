import { displaySource } from "../io/address.ts";
import {
  type AddedImage,
  addImages,
  assertSameModel,
  describeModel,
  SearchIndex,
  writeIndex,
} from "../search/mod.ts";
import { dropOutdated } from "../search/drop_outdated.ts";
import { AbortedError, ArgumentError, MemoryLimitError } from "../errors.ts";
import { type Command, parseOne } from "./command.ts";
import { flag, requiredText, text } from "./option_kinds.ts";
import { counted } from "../text/numbers.ts";
import { FileError, withFile } from "./file_error.ts";
import { imagesIn, nameIn } from "./folder_images.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import { modelFor, openIndex, pathOf, rootFrom } from "./index_file.ts";
import { assertFiles, type InputProblem } from "./image_files.ts";
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  SOURCE_HELP,
} from "./model_options.ts";
import { passedOver } from "../io/passed_over.ts";
import { LIST_OPTIONS, NULL_HELP, openPathList } from "./list_options.ts";
import { pathIn } from "../io/paths.ts";
import { isSameFolder } from "./same_folder.ts";
import { showRemaining } from "./remaining.ts";
import { GOES_ON, INTERRUPTED, onSignals } from "./signals.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, writeFileWhole } from "./write_file.ts";
import { system } from "./system.ts";

/** How often the index is saved, in ms. A crash loses at most this much work. */
const KEEP_EVERY = 60_000;

/** `totem index` */
export const index: Command = {
  summary: "Index a folder of images for search",
  help: `\
Usage: totem index FOLDER --out FILE [options]

Indexes all images in FOLDER and its subfolders for totem search. Hidden files
and symlinked folders are skipped. If FILE exists, only images that are new or
have changed (in size or time) are run, and those that are gone are removed from
it. FILE is never left half-written: after Ctrl-C it holds all finished images,
and the same command continues it.

An index holds up to 2,097,149 images of 2048 features. For more, make several,
or use totem batch plan FOLDER --task features. totem search takes either.

Options:
${SOURCE_HELP}
  --out FILE         The index file, a .safetensors. Its folder is created
  --keep             Keep images in the index whose files are gone, or that
                     --files-from doesn't name
  --files-from LIST  Index only the images in FOLDER that LIST names: a file
                     with one path per line, or - for standard input. Paths are
                     relative to the current folder
${NULL_HELP}

${IMAGE_HELP}

${MODEL_HELP}

Example:
  totem index photos/ --out photos.safetensors`,
  async run(args, io) {
    const values = parseOne(args, "index", "FOLDER", {
      ...MODEL_OPTIONS,
      model: text(),
      ...IMAGE_OPTIONS,
      out: requiredText("FILE"),
      keep: flag,
      ...LIST_OPTIONS,
    });
    const { argument: folder, out, keep } = values;
    const reading = imageReading(values);
    const what = await withFile("index", folder, () => system.stat(folder));
    if (!what.isDirectory) throw new FileError("index", folder, "not a folder");
    await assertWritable(out, ".safetensors", [values["files-from"]]);
    const list = await openPathList(io.streams, values, true);
    const root = rootFrom(out, folder);
    const before = await openIndex(out);
    if (before !== undefined && !await isRoot(before.root, out, folder)) {
      throw new ArgumentError(
        `Cannot add the images of ${folder} to ${out} as it is an index of ${before.root}: choose another --out`,
      );
    }
    const model = modelFor(out, before, values.model);
    const problems: InputProblem[] = [];
    const seen = passedOver();
    const { count, missing, changed, removed } = await dropOutdated(
      before,
      imagesIn(io, folder, reading, {
        onProblem: (it) => problems.push(it),
        list,
        seen,
      }),
      // Images in a folder that can't be read now may still be there.
      (name) =>
        keep ||
        list === null && problems.some(({ path }) =>
            name.startsWith(pathIn(nameIn(folder, path), ""))
          ),
    );
    if (count === 0) {
      assertFiles(folder, { files: [], problems, passedOver: seen });
    }
    const tell = ({ path, reason }: InputProblem) =>
      io.tellProblem(path, reason);
    problems.forEach(tell);
    const told = new Set(problems.map(({ path }) => path));
    const interrupt = new AbortController();
    using _listening = onSignals(
      io.streams,
      ["SIGINT"],
      INTERRUPTED,
      () => {
        io.tell("Ctrl-C: saving what is done, then stopping");
        interrupt.abort();
      },
    );
    using classifier = await loadModel(io, { ...values, model }, count).model;
    const target = before ??
      await SearchIndex.create({
        model: await describeModel(classifier, displaySource(model)),
        root,
      });
    await assertSameModel(target, classifier);

    const unchanged = target.size;
    // An empty index is useless, and would replace a useful one.
    const write = async () => {
      if (target.size > 0) await writeFileWhole(out, writeIndex(target).stream);
    };
    const images = imagesIn(io, folder, reading, {
      onProblem(problem) {
        if (told.has(problem.path)) return;
        problems.push(problem);
        tell(problem);
      },
      list,
      but: new Set(target.images.map(({ name }) => name)),
    });
    const { failed, ended } = await addAll(
      io,
      addImages(target, classifier, missing === 0 ? [] : images, {
        ...reading,
        signal: interrupt.signal,
      }),
      { folder, total: missing, keep: write },
    );
    const added = target.size - unchanged;
    if (before === undefined || changed + removed + added > 0) await write();
    const failures = failed + problems.length;
    io.print(
      target.size > 0
        ? `${out}: ${
          counted(target.size, "image")
        }, ${added} computed; ${removed} removed, ${failures} failed`
        : `nothing was indexed, ${failures} failed: ${out} ${
          before === undefined ? "is not written" : "stays as it was"
        }`,
    );
    seen.tell(io);
    if (ended instanceof AbortedError) {
      io.tell(GOES_ON);
      return INTERRUPTED;
    }
    // The finished part is saved.
    if (ended !== undefined) throw ended;
    return failures === 0 ? 0 : 1;
  },
};

/** Whether an index at `out` with images below `root` is an index of `folder`. */
async function isRoot(
  root: string,
  out: string,
  folder: string,
): Promise<boolean> {
  return root === rootFrom(out, folder) ||
    await isSameFolder(pathOf(out, { root }, "."), folder);
}

/**
 * Adds images, and calls `keep` periodically.
 *
 * @returns The number of failed images, and what ended it early: a signal or a full
 * index.
 */
async function addAll(
  io: Terminal,
  images: AsyncIterable<AddedImage>,
  { folder, total, keep }: {
    readonly folder: string;
    readonly total: number;
    readonly keep: () => Promise<void>;
  },
): Promise<{
  readonly failed: number;
  readonly ended?: AbortedError | MemoryLimitError;
}> {
  using progress = showRemaining(io);
  let done = 0;
  let failed = 0;
  let kept = performance.now();
  try {
    for await (const { name, error } of images) {
      if (error !== undefined) {
        progress.clear();
        io.tellProblem(`${folder}/${name}`, error);
        failed++;
      }
      progress.update(++done, total);
      if (performance.now() - kept < KEEP_EVERY) continue;
      await keep();
      kept = performance.now();
    }
    return { failed };
  } catch (error) {
    const isEnd = error instanceof AbortedError ||
      error instanceof MemoryLimitError;
    if (isEnd) return { failed, ended: error };
    throw error;
  }
}

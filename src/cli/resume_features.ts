import { ArgumentError } from "../errors.ts";
import { counted } from "../text/numbers.ts";
import { forEachImage, type ImageWork } from "./each_image.ts";
import {
  type FeatureFile,
  openFeatureFile,
  type VersionedFile,
} from "./feature_file.ts";
import { versionOf } from "./file_version.ts";
import type { FoundImages } from "./found_images.ts";
import type { Input, InputFile, InputProblem } from "./image_files.ts";
import { modelConditions } from "./model_conditions.ts";
import { exitOnInterrupt } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** The model to run, and how to run it. */
type FeatureWork =
  & Pick<
    ImageWork<VersionedFile, Float32Array>,
    "loading" | "reading" | "use" | "useFile"
  >
  & {
    /** The number of frames to run per animation; only the first unless given. */
    readonly frames: number | undefined;
    /** The model's name, path or address. */
    readonly source: string;
  };

/**
 * Creates an array of features in the file at `path`, or continues one of an earlier run.
 *
 * @returns The exit code.
 */
export async function resumeFeatures(
  io: Terminal,
  path: string,
  images: FoundImages,
  { source, frames, ...work }: FeatureWork,
): Promise<number> {
  using model = await work.loading.model;
  using array = await openFeatureFile(
    path,
    versionedFiles(images.walk()),
    model.featureCount,
    {
      ...await modelConditions([source], [model]),
      // The limits matter, as the array also has rows of failed images.
      images: { ...work.reading, ...frames !== undefined && { frames } },
    },
  );
  using _listening = exitOnInterrupt(io);
  const { done, outdated } = array;
  if (outdated !== undefined) {
    io.tellNote(
      `${path}: rows from ${
        done + 1
      } on are run again, as ${outdated} was changed since or nothing says that it wasn't`,
    );
  }
  let computed = 0;
  const code = await forEachImage(
    io,
    images,
    left(path, array, images.inputs),
    {
      ...work,
      show(image, row) {
        array.add(image, row);
        computed++;
      },
      skip(image, error) {
        array.fail(image, error);
        computed++;
      },
      before: array,
    },
  );
  io.tellNote(
    `${path}: ${counted(done + computed, "row")}, ${computed} computed`,
  );
  return code;
}

async function* versionedFiles(
  inputs: AsyncIterable<Input>,
): AsyncGenerator<VersionedFile, void, void> {
  for await (const input of inputs) {
    if ("file" in input) yield await versioned(input);
  }
}

async function versioned(input: InputFile): Promise<VersionedFile> {
  return { ...input, version: await versionOf(input.file) };
}

/** The images without a row. First yields the images with a NaN row, as problems. */
async function* left(
  path: string,
  array: FeatureFile,
  inputs: AsyncIterable<Input>,
): AsyncGenerator<VersionedFile | InputProblem, void, void> {
  const rows = array.rows();
  const assertSame = (isSame: boolean) => {
    if (isSame) return;
    throw new ArgumentError(
      `Cannot go on with ${path} as images were added or removed while they were compared with its rows: run again`,
    );
  };
  for await (const input of inputs) {
    const row = "file" in input ? rows.next().value : undefined;
    if (!("file" in input)) yield input;
    else if (!row) yield await versioned(input);
    else {
      assertSame(row.file === input.file);
      const { file, error } = row;
      if (error !== undefined) yield { path: file, reason: error };
    }
  }
  assertSame(rows.next().done === true);
}

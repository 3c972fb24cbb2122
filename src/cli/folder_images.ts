import { pathIn } from "../io/paths.ts";
import { versionAsRead } from "../search/drop_outdated.ts";
import type { NewImage } from "../search/mod.ts";
import { versionOf } from "./file_version.ts";
import { type InputProblem, readBytes, walkInputs } from "./image_files.ts";
import type { ImageReading } from "./image_options.ts";
import type { PassedOver } from "../io/passed_over.ts";
import type { Terminal } from "./terminal.ts";

/** Options of `imagesIn`. */
export interface Finding {
  readonly onProblem: (problem: InputProblem) => void;
  /** Collects what is passed over. */
  readonly seen?: PassedOver;
  /** The names of images to leave out. */
  readonly but?: ReadonlySet<string>;
}

/** Gives the images of a folder as they are found, by their paths in it. */
export async function* imagesIn(
  io: Terminal,
  folder: string,
  { allowTruncated }: ImageReading,
  { onProblem, seen, but }: Finding,
): AsyncGenerator<NewImage, void, void> {
  for await (const input of walkInputs([folder], seen)) {
    if (!("file" in input)) {
      onProblem(input);
      continue;
    }
    const { file } = input;
    const name = nameIn(folder, file);
    if (but?.has(name)) continue;
    const version = await versionOf(file) ?? "unknown";
    yield {
      name,
      version: versionAsRead(version, allowTruncated),
      read: () => readBytes(file, io.streams),
    };
  }
}

/** The path within `folder` of a path below it. */
export function nameIn(folder: string, path: string): string {
  return path.slice(pathIn(folder, "").length);
}

import { isAbsolute, relative, resolve } from "node:path";
import { pathIn, withSlashes } from "../io/paths.ts";
import { versionAsRead } from "../search/drop_outdated.ts";
import type { NewImage } from "../search/mod.ts";
import { versionOf } from "./file_version.ts";
import {
  type InputFile,
  type InputProblem,
  readBytes,
  walkInputs,
} from "./image_files.ts";
import type { ImageReading } from "./image_options.ts";
import type { PassedOver } from "../io/passed_over.ts";
import { listedInputs, type PathList } from "./path_list.ts";
import type { Terminal } from "./terminal.ts";

/** Options of `imagesIn`. */
export interface Finding {
  readonly onProblem: (problem: InputProblem) => void;
  /** Collects the files that are passed over. */
  readonly seen?: PassedOver;
  /** Names the images. Others in the folder are ignored. */
  readonly list?: PathList | null;
  /** The names of images to skip. */
  readonly but?: ReadonlySet<string>;
}

/** Yields the images of a folder as they are found, named by their paths in it. */
export async function* imagesIn(
  io: Terminal,
  folder: string,
  { allowTruncated }: ImageReading,
  { onProblem, list = null, seen, but }: Finding,
): AsyncGenerator<NewImage, void, void> {
  const found = list === null ? foundIn(folder, seen) : listedIn(folder, list);
  for await (const input of found) {
    if (!("file" in input)) {
      onProblem(input);
      continue;
    }
    const { file, name } = input;
    if (but?.has(name)) continue;
    const version = await versionOf(file) ?? "unknown";
    yield {
      name,
      version: versionAsRead(version, allowTruncated),
      read: () => readBytes(file, io.streams),
    };
  }
}

/** An image in a folder. */
interface NamedFile extends InputFile {
  /** Its path in the folder, with slashes. */
  readonly name: string;
}

/** All images in a folder. */
async function* foundIn(
  folder: string,
  seen: PassedOver | undefined,
): AsyncGenerator<NamedFile | InputProblem, void, void> {
  for await (const input of walkInputs([folder], seen)) {
    yield "file" in input
      ? { ...input, name: nameIn(folder, input.file) }
      : input;
  }
}

/** The images of a folder that are named in a list, without duplicates. */
export async function* listedIn(
  folder: string,
  list: PathList,
): AsyncGenerator<NamedFile | InputProblem, void, void> {
  const root = resolve(folder);
  const names = new Set<string>();
  for await (const input of listedInputs(list)) {
    if (!("file" in input)) {
      yield input;
      continue;
    }
    const { file, fault } = input;
    const path = relative(root, resolve(file));
    const isOutside = path === "" || isAbsolute(path) || // On another drive.
      /^\.\.(?:[/\\]|$)/.test(path);
    if (fault !== undefined || isOutside) {
      yield { path: file, reason: fault ?? `it isn't in ${folder}` };
      continue;
    }
    const name = withSlashes(path);
    if (names.has(name)) continue;
    names.add(name);
    yield { file, name };
  }
}

/** The path relative to `folder` of a path below it. */
export function nameIn(folder: string, path: string): string {
  return path.slice(pathIn(folder, "").length);
}

import { resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { displayPath } from "./file_error.ts";
import { listedIn } from "./folder_images.ts";
import type { InputProblem } from "./image_files.ts";
import type { PathList } from "./path_list.ts";

/**
 * The labelled images of `folder` that a list names, in the order of the folder. All
 * other paths in the list are problems.
 *
 * @throws {ArgumentError} When the list names none of the images.
 */
export async function onlyListed<T extends { readonly path: string }>(
  folder: string,
  files: readonly T[],
  list: PathList,
): Promise<{
  readonly files: readonly T[];
  readonly problems: readonly InputProblem[];
}> {
  const known = new Map(files.map((it) => [resolve(it.path), it]));
  const listed = new Set<string>();
  const others: InputProblem[] = [];
  for await (const input of listedIn(folder, list)) {
    if (!("file" in input)) {
      others.push(input);
      continue;
    }
    const place = resolve(input.file);
    if (known.has(place)) listed.add(place);
    else {
      const reason = `${folder} has no image with a class there`;
      others.push({ path: input.file, reason });
    }
  }
  const [other] = others;
  if (listed.size === 0 && other !== undefined) {
    const { path, reason } = other;
    const why = path === list.path ? "" : `: ${displayPath(path)}: ${reason}`;
    throw new ArgumentError(
      `Cannot evaluate on ${folder} as ${
        displayPath(list.path)
      } names none of its images${why}`,
    );
  }
  return {
    files: files.filter(({ path }) => listed.has(resolve(path))),
    problems: others,
  };
}

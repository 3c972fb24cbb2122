/**
 * The options for a list of paths: `--files-from`.
 *
 * @module
 */
import { flag, text } from "./option_kinds.ts";
import { UsageError, type Values } from "./options.ts";
import type { PathList } from "./path_list.ts";
import type { Streams } from "./system.ts";

/** Options for `parse()`. */
export const LIST_OPTIONS = {
  "files-from": text(),
  null: { ...flag, short: "0" },
};

/** For `--help`. */
export const NULL_HELP = `\
  -0, --null         With --files-from: paths end with NUL, as in the output of
                     find -print0`;

/** For `--help` of commands that also take images as arguments. */
export const LIST_HELP = `\
  --files-from LIST  Also read paths of images from LIST, a file with one path
                     per line, or - for standard input. Paths are relative to
                     the current folder; folders and globs aren't expanded
${NULL_HELP}`;

/**
 * Opens the list named by the options.
 *
 * @param isReadTwice Whether its paths are read more than once.
 * @returns `null` if they name none.
 * @throws {UsageError} When `--null` is given without a list.
 * @throws {FileError} When it can't be opened.
 */
export async function openPathList(
  streams: Pick<Streams, "stdin">,
  { "files-from": path, null: isNull }: Values<typeof LIST_OPTIONS>,
  isReadTwice: boolean,
): Promise<PathList | null> {
  if (path === undefined) {
    if (isNull) throw new UsageError("Cannot use --null without --files-from");
    return null;
  }
  const { openListAt } = await import("./path_list.ts");
  return await openListAt(streams, path, isNull, isReadTwice);
}

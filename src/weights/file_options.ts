import { isWebAddress } from "./kept_files.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { PlacedLoadOptions } from "./load_options.ts";
import type { OpenOptions } from "./resource.ts";

/** How a network is loaded from files that may be kept. */
export type FileOptions = PlacedLoadOptions & Pick<OpenOptions, "files">;

/** How many bytes a file may have. */
export function mostBytes(
  url: URL,
  { maxBytes = MAX_WEIGHTS }: FileOptions,
): number {
  return isWebAddress(url) ? Math.min(maxBytes, MAX_WEIGHTS) : MAX_WEIGHTS;
}

/** How it is read. */
export function readingOf(
  { signal, maxSilence, files }: FileOptions,
): OpenOptions {
  return { signal, maxSilence, files };
}

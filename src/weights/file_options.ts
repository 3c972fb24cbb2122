import { MAX_WEIGHTS } from "./limits.ts";
import type { LoadIntoOptions } from "./load_options.ts";
import {
  isWebAddress,
  type OpenOptions,
  type ReadOptions,
} from "./resource.ts";

/** How a network is loaded from files that may be kept. */
export type FileOptions = LoadIntoOptions & Pick<OpenOptions, "files">;

/** How a file of the model at `url` is read, and how many bytes it may have. */
export function readingOf(
  url: URL,
  { signal, maxSilence, files, maxBytes = MAX_WEIGHTS }: FileOptions,
): ReadOptions {
  const limit = isWebAddress(url)
    ? Math.min(maxBytes, MAX_WEIGHTS)
    : MAX_WEIGHTS;
  return { signal, maxSilence, files, limit };
}

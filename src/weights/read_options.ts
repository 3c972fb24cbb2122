import { MAX_WEIGHTS } from "./limits.ts";
import type { LoadIntoOptions, LoadNetworkOptions } from "./load_options.ts";
import {
  isWebAddress,
  type OpenOptions,
  type ReadOptions,
} from "./resource.ts";

/** How a network is loaded from files that may be kept. */
export type FileOptions = LoadIntoOptions & Pick<OpenOptions, "files">;

/** How a file of the model at `url` is read, with the most bytes it may have. */
export function readOptions(
  url: URL,
  { signal, maxSilence, files, maxBytes = MAX_WEIGHTS }: FileOptions,
): ReadOptions {
  const limit = isWebAddress(url)
    ? Math.min(maxBytes, MAX_WEIGHTS)
    : MAX_WEIGHTS;
  return { signal, maxSilence, files, limit };
}

/** Sums the bytes of each chunk for `onProgress`; `size` is the total, if it is known. */
export function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number, size?: number) => void {
  let done = 0;
  return (count, total = size) => onProgress?.(done += count, total ?? done);
}

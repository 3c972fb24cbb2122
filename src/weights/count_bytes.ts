import type { LoadNetworkOptions } from "./load_options.ts";

/** From the bytes of each part to those of all that are there, and their total. */
export function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number) => void {
  let done = 0;
  return (count) => onProgress?.(done += count, size ?? done);
}

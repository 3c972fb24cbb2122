import type { LoadNetworkOptions } from "./load_options.ts";

/**
 * From the bytes of each part to those of all that are there, and their total.
 *
 * @param size The total, where it is known before the first part.
 */
export function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number, size?: number) => void {
  let done = 0;
  return (count, total = size) => onProgress?.(done += count, total ?? done);
}

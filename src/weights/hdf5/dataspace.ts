import { CorruptWeightsError } from "../../errors.ts";
import type { Structures } from "./structures.ts";

/**
 * The extents of a data set or an attribute, from the dataspace message at `at`
 * (IV.A.2.b); those of a single value are none.
 *
 * @throws {CorruptWeightsError} When it is of an unknown version.
 */
export function readExtents(file: Structures, at: number): number[] {
  const version = file.integer(at, 1);
  const headers: Record<number, number> = { 1: 8, 2: 4 };
  const header = headers[version];
  if (header === undefined) {
    throw new CorruptWeightsError(
      `Cannot read the HDF5 dataspace at byte ${at} as its version must be 1 or 2: it is ${version}`,
    );
  }
  return Array.from(
    { length: file.integer(at + 1, 1) },
    (_, i) => file.integer(at + header + 8 * i, 8),
  );
}

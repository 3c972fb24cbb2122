/**
 * The results of a comparison, as the rows of a table.
 *
 * @module
 */
import type { Entry, Result } from "./compare.ts";
import { type Distance, distance } from "./distance.ts";
import type { Answer } from "./measure.ts";

/** The figures of an entry; all times are in ms. */
export interface Row extends Entry {
  /** Times of an image after the first one. */
  readonly least: number;
  readonly median: number;
  /**
   * Speed relative to tfjs on WASM with one thread in the same runtime, by the least
   * times; undefined if that wasn't measured.
   */
  readonly speedup: number | undefined;
  /** The least over all visits, for `load` and `first`. */
  readonly load: number;
  readonly first: number;
  /** The peak resident memory over all visits, in bytes. */
  readonly peakBytes: number;
  /** Known for contestants that also ran in a page. */
  readonly downloadBytes: number | undefined;
  readonly distance: Distance;
}

/**
 * Makes the rows of all entries with results.
 *
 * @param reference The answers to the photos in f32.
 */
export function rowsOf(
  results: readonly Result[],
  reference: readonly Answer[],
): readonly Row[] {
  return results.filter(({ visits }) => visits.length > 0).map((result) => {
    const { runtime, contestant, visits } = result;
    const images = imagesOf(result);
    const least = images[0]!;
    const base = results.find((it) =>
      it.runtime === runtime && it.visits.length > 0 && isBase(it)
    );
    return {
      runtime,
      contestant,
      least,
      speedup: base && imagesOf(base)[0]! / least,
      median: images[images.length >> 1]!,
      load: Math.min(...visits.map((it) => it.load)),
      first: Math.min(...visits.map((it) => it.first)),
      peakBytes: Math.max(...visits.map((it) => it.peakBytes)),
      downloadBytes: downloadOf(result, results),
      distance: distance(visits[0]!.answers, reference),
    };
  });
}

/** Whether this entry is the baseline. */
function isBase({ contestant: { library, on } }: Entry): boolean {
  return library === "tfjs-backend-wasm" && on === 1;
}

/** The times of all images, in ascending order. */
function imagesOf({ visits }: Result): readonly number[] {
  return visits.flatMap((it) => it.images).sort((a, b) => a - b);
}

/** The page's download: a page requests the same files that processes read. */
function downloadOf(
  { contestant }: Result,
  results: readonly Result[],
): number | undefined {
  const visits = results.filter((it) => it.contestant === contestant)
    .flatMap((it) => it.visits);
  return visits.find((it) => "downloadBytes" in it)?.downloadBytes;
}

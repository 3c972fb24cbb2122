/**
 * What a comparison found, as the rows of a table.
 *
 * @module
 */
import type { Entry, Result } from "./compare.ts";
import { type Distance, distance } from "./distance.ts";
import type { Answer } from "./measure.ts";

/** What is told of an entry; all times are in ms. */
export interface Row extends Entry {
  /** Of an image after the first one. */
  readonly least: number;
  readonly median: number;
  /**
   * How many times as fast it is as tfjs on WASM and one thread in the same runtime, by the
   * least times; undefined if that wasn't measured.
   */
  readonly speedup: number | undefined;
  /** The least of the visits, as the first image is. */
  readonly load: number;
  readonly first: number;
  /** The most resident memory of all visits, in bytes. */
  readonly peakBytes: number;
  /** Where it runs in a page, or where the same does. */
  readonly downloadBytes: number | undefined;
  readonly distance: Distance;
}

/**
 * The rows of the results that there are.
 *
 * @param reference What is answered to the photos in f32.
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

/** What others are compared with. */
function isBase({ contestant: { library, on } }: Entry): boolean {
  return library === "tfjs-backend-wasm" && on === 1;
}

/** The times of all images, the least first. */
function imagesOf({ visits }: Result): readonly number[] {
  return visits.flatMap((it) => it.images).sort((a, b) => a - b);
}

/** A page asks a server for the very files that processes read. */
function downloadOf(
  { contestant }: Result,
  results: readonly Result[],
): number | undefined {
  const visits = results.filter((it) => it.contestant === contestant)
    .flatMap((it) => it.visits);
  return visits.find((it) => "downloadBytes" in it)?.downloadBytes;
}

/**
 * Checks that decoding costs no more than the image size explains: an item may contain
 * thousands of pictures of a few bytes each, and decoders decode all of them.
 *
 * @module
 */
import { joinBytes } from "../../io/join_bytes.ts";
import { BoxError } from "./boxes.ts";
import type { Items } from "./items.ts";
import { nals } from "./nals.ts";
import type { PayloadOf } from "./payloads.ts";

/** Maximum pictures per item: layers that refine each other. */
const MAX_PICTURES = 8;

/** Maximum units per image. Encoders write a few per tile. */
const MAX_UNITS = 1_000_000;

/**
 * Counts the pictures that decoders decode for an image and its auxiliary items.
 *
 * @throws {BoxError} When there are too many, or HEVC data is visibly damaged.
 */
export function assertOnePicture(
  items: Items,
  payloadOf: PayloadOf,
): void {
  const { primary } = items;
  const image = [primary, ...items.partsOf(primary)];
  const alphas = items.auxiliariesOf(image);
  let units = 0;
  for (
    const item of [...image, ...alphas, ...alphas.flatMap(items.partsOf)]
  ) {
    const type = items.typeOf(item);
    const parts = payloadOf(item); // Which must be there, a grid's too.
    if (type !== "av01" && type !== "hvc1") continue;
    let pictures = 0;
    const count = (isPicture: boolean) => {
      if (++units > MAX_UNITS) {
        throw new BoxError(`it has more than ${MAX_UNITS} units of data`);
      }
      if (isPicture && ++pictures > MAX_PICTURES) {
        throw new BoxError(
          `item ${item} has more than ${MAX_PICTURES} pictures`,
        );
      }
    };
    if (type === "av01") countObus(whole(parts), count);
    else countNals(nals(items, item, whole(parts)), count);
  }
}

/** Most items have one part; the parts of others are joined. */
function whole(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : joinBytes(parts);
}

/** AV1's open bitstream units: AV1 specification, sections 5.3 and 6.2.2. */
function countObus(bytes: Uint8Array, count: (isPicture: boolean) => void) {
  const FRAME_HEADER = 3;
  const FRAME = 6;
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at++]!;
    const type = head >> 3 & 15;
    count(type === FRAME_HEADER || type === FRAME);
    if (head & 4) at++; // An extension.
    if (!(head & 2)) return; // A unit without a size is the last one.
    let size = 0;
    for (let i = 0; i < 8; i++) {
      const byte = bytes[at++] ?? 0;
      size += (byte & 127) * 2 ** (7 * i);
      if (!(byte & 128)) break;
    }
    at += size;
  }
}

/** The pictures of HEVC. */
function countNals(
  units: Iterable<Uint8Array>,
  count: (isPicture: boolean) => void,
) {
  for (const nal of units) {
    const isSlice = (nal[0]! >> 1 & 63) < 32;
    count(isSlice && (nal[2]! & 128) !== 0); // The first slice of a picture.
  }
}

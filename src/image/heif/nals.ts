/**
 * The units of HEVC's data, network abstraction layer units: ISO/IEC 14496-15, 8.3.3,
 * and ITU-T H.265, 7.3.1.
 *
 * @module
 */
import { BoxError, type Reader, reader, uint } from "./boxes.ts";
import type { Items } from "./items.ts";

/** Walks the units in an item's configuration, and then those of its data. */
export function* nals(
  items: Items,
  item: number,
  bytes: Uint8Array,
): Generator<Uint8Array> {
  const config = items.propertiesOf(item).find((it) => it.type === "hvcC");
  if (config === undefined) throw new BoxError(`item ${item} has no hvcC`);
  const body = reader(config.body.bytes);
  body.at = 21;
  const size = (uint(body, 1) & 3) + 1;
  for (let arrays = uint(body, 1); arrays > 0; arrays--) {
    uint(body, 1);
    for (let left = uint(body, 2); left > 0; left--) yield next(body, 2);
  }
  const data = reader(bytes);
  while (data.at < bytes.length) {
    if (data.at + size > bytes.length) throw damaged(item);
    const nal = next(data, size);
    if (data.at > bytes.length || !isSound(nal)) throw damaged(item);
    yield nal;
  }
}

/** The next unit, after `size` bytes of its length; shorter if it is cut off. */
function next(from: Reader, size: number): Uint8Array {
  const length = uint(from, size);
  const nal = from.bytes.subarray(from.at, from.at + length);
  from.at += length;
  return nal;
}

/**
 * Whether an encoder can have written a unit. Its first bit is 0. Encoders put a 3
 * after each two zeros that a 0, 1 or 2 would follow, so that three zeros are damage,
 * which decoders would take for pixels.
 */
function isSound(nal: Uint8Array): boolean {
  if (nal.length === 0 || nal[0]! & 128) return false;
  for (let i = 2; i < nal.length; i++) {
    if (nal[i]! > 2) i += 2; // No three bytes with this one are damage.
    else if (nal[i - 1] === 0 && nal[i - 2] === 0) return false;
  }
  return true;
}

function damaged(item: number): BoxError {
  return new BoxError(`the data of item ${item} are damaged`);
}

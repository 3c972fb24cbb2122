import {
  BoxError,
  boxes,
  boxIn,
  letters,
  type Reader,
  reader,
  uint,
} from "./boxes.ts";

/** Handlers of tracks of pictures; alpha has another. */
const PICTURES = ["pict", "vide"];

/**
 * How many frames the first track of pictures has: ISO/IEC 14496-12, section 8.7.3.
 *
 * @returns 1 if there is no such track or it can't be read: the still image needs no
 * track.
 */
export function countFrames(bytes: Uint8Array): number {
  try {
    for (const { type, body } of boxes(reader(bytes))) {
      if (type !== "moov") continue;
      for (const { type, body: track } of boxes(body)) {
        if (type !== "trak") continue;
        const count = framesOf(track);
        if (count > 1) return count;
      }
    }
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
  }
  return 1;
}

function framesOf(track: Reader): number {
  const media = boxIn(track, "mdia").body;
  const handler = boxIn(media, "hdlr").body;
  handler.at = 8; // After the version, flags and a number that is 0.
  if (!PICTURES.includes(letters(handler))) return 0;
  const samples = boxIn(boxIn(media, "minf").body, "stbl").body;
  for (const { type, body } of boxes(samples)) {
    if (type !== "stsz" && type !== "stz2") continue;
    body.at = 8; // After the version, flags and a common size.
    return uint(body, 4);
  }
  return 0;
}

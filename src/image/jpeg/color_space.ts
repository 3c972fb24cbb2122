import type { Frame } from "./frame.ts";
import { unsupported } from "./segments.ts";

/** The colour space of an image's components. */
export type ColorSpace = "grey" | "YCC" | "RGB" | "CMYK" | "YCCK";

/** The colour information of application segments. */
export interface ColorMarkers {
  /** Whether there is a JFIF segment. */
  readonly isJfif: boolean;
  /** The transform of Adobe's segment: 0 none, 1 YCC, 2 YCCK. */
  readonly adobeTransform: number | undefined;
}

/** Whether an APP0 segment is JFIF's. */
export function isJfif(body: Uint8Array): boolean {
  return body.length >= 12 && startsWith(body, "JFIF\0");
}

/** The transform in an APP14 segment, if it is Adobe's. */
export function adobeTransform(body: Uint8Array): number | undefined {
  return startsWith(body, "Adobe") ? body[11] : undefined;
}

/**
 * The colour space, as libjpeg guesses it where no segment names it. Four components need
 * Adobe's segment, which says whether their values are inverted.
 */
export function detectColorSpace(
  { components }: Frame,
  { isJfif, adobeTransform }: ColorMarkers,
): ColorSpace {
  if (components.length === 1) return "grey";
  if (components.length === 4) {
    if (adobeTransform === undefined) {
      throw unsupported("CMYK JPEG without an Adobe marker");
    }
    return adobeTransform === 0 ? "CMYK" : "YCCK";
  }
  if (isJfif) return "YCC";
  if (adobeTransform !== undefined) return adobeTransform === 0 ? "RGB" : "YCC";
  const ids = String.fromCharCode(...components.map(({ id }) => id));
  return ids === "RGB" ? "RGB" : "YCC";
}

function startsWith(body: Uint8Array, text: string): boolean {
  return Array.from(text).every((it, i) => body[i] === it.charCodeAt(0));
}

import { UnsupportedImageError } from "../../errors.ts";
import type { Orientation } from "../exif.ts";
import type { ImageHeader } from "../image_format.ts";
import {
  type Directory,
  type Opening,
  openTiff,
  readDirectory,
} from "./directory.ts";
import { corrupt } from "./errors.ts";
import { PHOTOMETRIC, TAGS } from "./tags.ts";

/** The maximum number of directories searched for the image; they may form a cycle. */
const MAX_DIRECTORIES = 16;

/** Whether `bytes` begin like a TIFF or BigTIFF. */
export function isTiff(bytes: Uint8Array): boolean {
  return openTiff(bytes) !== undefined;
}

/** Reads the size and the orientation of the first page of a TIFF. */
export function readTiffHeader(bytes: Uint8Array): ImageHeader {
  const { directory } = findPage(bytes);
  const { width, height } = sizeOf(directory);
  const orientation = directory.number(TAGS.orientation) ?? 1;
  return {
    format: "tiff",
    width,
    height,
    // Other values are ignored: as in EXIF, the photo is still fine.
    orientation: orientation >= 1 && orientation <= 8
      ? orientation as Orientation
      : 1,
  };
}

/** Finds the first page, which isn't a preview of another. */
export function findPage(bytes: Uint8Array): {
  readonly opening: Opening;
  readonly directory: Directory;
} {
  const opening = openTiff(bytes)!;
  const first = readDirectory(opening, opening.first);
  if (isRaw(opening, first)) {
    throw new UnsupportedImageError(
      "Cannot decode a camera's RAW photo: export it as JPEG or TIFF first",
      "RAW photo",
    );
  }
  let directory = first;
  for (let i = 0; isPreview(directory) && i < MAX_DIRECTORIES; i++) {
    if (directory.next === 0) return { opening, directory: first };
    directory = readDirectory(opening, directory.next);
  }
  return { opening, directory: isPreview(directory) ? first : directory };
}

export function sizeOf(directory: Directory) {
  const width = directory.number(TAGS.width);
  const height = directory.number(TAGS.height);
  if (width === undefined || height === undefined) {
    throw corrupt("its directory has no width or no height");
  }
  return { width, height };
}

/**
 * Whether it is a DNG or a camera's RAW file. Its first image is a small preview, and
 * the photo is stored as raw sensor data.
 */
function isRaw(opening: Opening, directory: Directory): boolean {
  const photometric = directory.number(TAGS.photometric);
  return isMarkedRaw(opening) ||
    directory.has(TAGS.dngVersion) ||
    photometric === PHOTOMETRIC.colorFilterArray ||
    photometric === PHOTOMETRIC.linearRaw ||
    isPreview(directory) && directory.has(TAGS.subDirectories);
}

/** Whether a mark of Canon's or Phase One's precedes the directory. */
function isMarkedRaw({ view, isLittle, first }: Opening): boolean {
  if (view.byteLength < 16) return false;
  const mark = view.getUint32(8);
  return mark === 0x43520200 && first === 16 || // "CR", version 2
    (mark === 0x49494949 || mark === 0x4d4d4d4d) &&
      view.getUint32(12, isLittle) >>> 8 === 0x526177; // "Raw"
}

function isPreview(directory: Directory): boolean {
  const type = directory.number(TAGS.newSubfileType);
  return type === undefined
    ? directory.number(TAGS.subfileType) === 2
    : (type & 1) === 1;
}

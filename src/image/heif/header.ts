/**
 * The headers of AVIF and HEIC, which are both HEIF files: ISO/IEC 23008-12, and
 * ISO/IEC 23000-22 (MIAF).
 *
 * @module
 */
import { CorruptImageError, UnsupportedImageError } from "../../errors.ts";
import {
  FORMAT_NAMES,
  type ImageFormat,
  type ImageHeader,
} from "../image_format.ts";
import type { Region } from "../rows.ts";
import {
  type Box,
  BoxError,
  boxes,
  letters,
  reader,
  uint,
  versionAndFlags,
} from "./boxes.ts";
import { countFrames } from "./count_frames.ts";
import { type Items, readItems } from "./items.ts";
import {
  croppedTo,
  MAX_SHARE,
  orientationOf,
  type Size,
} from "./transformations.ts";

/** The header fields that decoders need. */
export interface HeifHeader extends ImageHeader {
  /** The size of the decoded image. */
  readonly coded: Size;
  /** The visible part of the decoded image. */
  readonly crop: Region;
  /** Whether its samples have more than 8 bits, according to the file. */
  readonly isDeep: boolean;
}

/** The brands of AVIF and HEIC files. */
const BRANDS = [
  ..."avif avis mif1 msf1 mif2".split(" "),
  ..."heic heix heim heis hevc hevx hevm hevs".split(" "),
];

/** The formats by the types of items. */
const CODECS: Readonly<Record<string, ImageFormat>> = {
  av01: "avif",
  hvc1: "heic",
};

/** More brands than any encoder writes. */
const MAX_BRANDS = 100;

/** Whether `bytes` begin like an AVIF or HEIC. */
export function isHeif(bytes: Uint8Array): boolean {
  try {
    const [first] = boxes(reader(bytes));
    if (first?.type !== "ftyp") return false;
    const { body } = first;
    const count = Math.min(Math.floor(body.bytes.length / 4), MAX_BRANDS);
    const names = Array.from({ length: count }, () => letters(body));
    return names.some((it) => BRANDS.includes(it));
  } catch (error) {
    if (error instanceof BoxError) return false;
    throw error;
  }
}

/** Reads the size, orientation and codec of the primary image. */
export function readHeifHeader(bytes: Uint8Array): HeifHeader {
  // Until the codec is known.
  const named = letters({ bytes, at: 8 }).startsWith("avi") ? "avif" : "heic";
  try {
    const items = readItems(readMeta(bytes));
    const item = items.primary;
    const format = formatOf(items, item);
    const properties = items.propertiesOf(item);
    const coded = sizeOf(items, item);
    const crop = croppedTo(properties, coded);
    const frames = countFrames(bytes);
    return {
      format,
      width: crop.right - crop.left,
      height: crop.bottom - crop.top,
      orientation: orientationOf(properties),
      coded,
      crop,
      isDeep: isDeep(properties),
      ...frames > 1 && { frames },
    };
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    throw corrupt(named, error.message, error);
  }
}

/** The box "meta" of a file. */
export function readMeta(bytes: Uint8Array) {
  let isSequence = false;
  for (const { type, body, isCut } of boxes(reader(bytes))) {
    if (isCut && type !== "mdat") throw new BoxError(truncated(bytes));
    if (type === "meta") return body;
    isSequence ||= type === "moov";
  }
  if (isSequence) {
    throw new UnsupportedImageError(
      "Cannot decode an image sequence without a still image: save one of its frames as JPEG or PNG first",
      "HEIF",
    );
  }
  throw new BoxError('it has no box "meta": it may be truncated');
}

/** The format of an image, whose tiles must all have the same format. */
function formatOf(items: Items, item: number): ImageFormat {
  const type = items.typeOf(item);
  if (type === undefined) throw new BoxError(`it has no item ${item}`);
  const own = CODECS[type];
  if (own !== undefined) return own;
  if (type !== "grid") throw unsupported(type);
  const tiles = items.partsOf(item);
  if (tiles.length === 0) throw new BoxError("its grid has no tiles");
  const formats = new Set(tiles.map((tile) => {
    const type = items.typeOf(tile) ?? "none";
    return CODECS[type] ?? type;
  }));
  const [format] = formats;
  if (
    formats.size > 1 || !Object.values(CODECS).includes(format as ImageFormat)
  ) {
    throw unsupported(`grid of ${[...formats].join(" and ")}`);
  }
  assertTiles(items, tiles, sizeOf(items, item));
  return format as ImageFormat;
}

/**
 * Limits the tiles: a file of a few kilobytes could refer to a tile thousands of times.
 */
function assertTiles(
  items: Items,
  tiles: readonly number[],
  { width, height }: Size,
): void {
  let pixels = 0;
  for (const tile of tiles) {
    const size = sizeOf(items, tile);
    pixels += size.width * size.height;
  }
  // An image of a few pixels may have a whole tile.
  const most = MAX_SHARE * (width * height + 512 * 512);
  if (pixels > most) {
    throw new BoxError(
      `its tiles have ${pixels} pixels together, too many for an image of ${width}x${height}`,
    );
  }
}

function sizeOf(items: Items, item: number): Size {
  const size = items.propertiesOf(item).find((it) => it.type === "ispe");
  if (size === undefined) throw new BoxError(`item ${item} has no size`);
  const body = reader(size.body.bytes);
  versionAndFlags(body);
  return { width: uint(body, 4), height: uint(body, 4) };
}

/** By the property `pixi`, which has the bits of each channel. */
function isDeep(properties: readonly Box[]): boolean {
  const pixi = properties.find((it) => it.type === "pixi");
  const VERSION_AND_COUNT = 5;
  return pixi?.body.bytes.subarray(VERSION_AND_COUNT).some((it) => it > 8) ??
    false;
}

function unsupported(type: string): UnsupportedImageError {
  return new UnsupportedImageError(
    `Cannot decode HEIF whose image is of the type "${type}": convert it to JPEG or PNG first`,
    "HEIF",
  );
}

export function truncated({ length }: Uint8Array): string {
  return `it is truncated: it has ${length} bytes and its header says more`;
}

export function corrupt(
  format: ImageFormat,
  why: string,
  cause?: unknown,
): CorruptImageError {
  return new CorruptImageError(
    `Cannot decode the ${FORMAT_NAMES[format]} as ${why}`,
    format,
    cause === undefined ? undefined : { cause },
  );
}

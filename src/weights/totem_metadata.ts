/**
 * JSON in a file's header: all of a network but its weights, or the inputs and labels of a
 * network that was trained here.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import type {
  CalibrationMetadata,
  CropRule,
  MetadataField,
  Network,
  Origins,
  PerChannel,
  PixelScale,
  Preprocessing,
  QuantizedNetwork,
  Variant,
} from "../model/mod.ts";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  shown,
  unexpected,
} from "./json.ts";
import { parseJsonObject } from "./parse_json.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import { asSide, MAX_HIDDEN } from "./limits.ts";
import { ALWAYS_SURE, isAlwaysSure } from "./answers.ts";
import { asWords, labelClasses } from "./labels.ts";
import { MAX_RESIZED, RESIZE_METHODS } from "../network_arguments.ts";
import { BYTES } from "../model/quantized_network.ts";
import {
  type ArchitectureEnd,
  assertInceptionV3Options,
  END_CHOICES,
} from "../model/inception_options.ts";

/** The key of a Totem file's metadata. */
export const TOTEM = "totem";

/** The key of a trained network's metadata, beside PyTorch's tensors. */
export const TRAINED = "totem.trained";

/** The version of the format that is written, and the only one that is read. */
export const FORMAT = 1;

export type TotemMetadata = Pick<
  QuantizedNetwork,
  | "architecture"
  | "variant"
  | "labels"
  | "classIds"
  | "preprocessing"
  | "folded"
  | "origins"
  | "calibration"
  | "source"
  | "license"
>;

export function parseMetadata(text: string): TotemMetadata {
  const json = parseJsonObject(text, "the network's metadata");
  if (json.format !== FORMAT) {
    throw new CorruptWeightsError(
      `Cannot read a Totem file of format ${
        shown(json.format)
      }: this version reads format ${FORMAT}`,
    );
  }
  const architecture = parseArchitecture(json.architecture);
  if (isAlwaysSure(architecture)) throw new CorruptWeightsError(ALWAYS_SURE);
  const labels = parseTexts(json.labels, "labels", "a label");
  return {
    architecture,
    variant: parseVariant(json.variant),
    labels: labelClasses(architecture, asWords(labels), "its metadata"),
    classIds: parseClassIds(json.classIds, labels.length),
    preprocessing: parsePreprocessing(json.preprocessing),
    folded: parseFolded(json.preprocessing),
    origins: parseAssumed(json.assumed),
    calibration: parseCalibration(json.calibration),
    source: asString(json.source, "source"),
    license: asString(json.license, "license"),
  };
}

/** How images enter a network that was trained here, and its classes' names. */
export type TrainedMetadata = Pick<
  Network,
  "variant" | "labels" | "preprocessing"
>;

export function stringifyTrained(
  { variant, labels, preprocessing }: TrainedMetadata,
): string {
  return JSON.stringify({ variant, labels, preprocessing });
}

/** The metadata of a trained network's file; `undefined` of any other file. */
export function trainedMetadata(
  { metadata }: SafetensorsHeader,
): TrainedMetadata | undefined {
  const text = metadata.get(TRAINED);
  if (text === undefined) return undefined;
  const json = parseJsonObject(text, "the trained network's metadata");
  const { preprocessing } = json;
  const scale = parseFolded(preprocessing);
  if (scale === undefined) throw unexpected("scale", "3 numbers", scale);
  return {
    variant: parseVariant(json.variant),
    labels: asWords(parseTexts(json.labels, "labels", "a label")),
    preprocessing: { ...parsePreprocessing(preprocessing), ...scale },
  };
}

function parseTexts(value: unknown, where: string, what: string): string[] {
  return asArray(value, where).map((it) => asString(it, what));
}

function parseClassIds(value: unknown, classes: number) {
  if (value === undefined) return undefined;
  const ids = parseTexts(value, "classIds", "a class's id");
  if (ids.length === classes) return ids;
  throw unexpected("classIds", `an id for each of ${classes} classes`, ids);
}

/** What a file may say of an architecture: a network with more computes something else. */
const ARCHITECTURE: ReadonlySet<string> = new Set([
  ...["name", "classes", "hiddenUnits", "countIncludePad", "widthMultiplier"],
  ...Object.keys(END_CHOICES),
]);

function parseArchitecture(value: unknown) {
  const json = asObject(value, "architecture");
  if (json.name !== "inception-v3") {
    throw unexpected("the architecture's name", '"inception-v3"', json.name);
  }
  const unknown = Object.keys(json).find((it) => !ARCHITECTURE.has(it));
  if (unknown !== undefined) {
    throw new CorruptWeightsError(
      `Cannot read a Totem file whose architecture has ${
        shown(unknown)
      } as this version doesn't know what that is: a newer one may`,
    );
  }
  const hiddenUnits = asArray(json.hiddenUnits ?? [], "hiddenUnits");
  if (hiddenUnits.length > MAX_HIDDEN) {
    throw unexpected("hiddenUnits", `<= ${MAX_HIDDEN} numbers`, hiddenUnits);
  }
  const architecture = {
    classes: asCount(json.classes, "classes", 0),
    hiddenUnits: hiddenUnits.map((it) => asCount(it, "hiddenUnits", 1)),
    countIncludePad: asFlag(json.countIncludePad, "countIncludePad"),
    ...parseEnd(json),
    auxiliary: false,
    widthMultiplier: asRatio(json.widthMultiplier ?? 1, "widthMultiplier", 4),
  };
  try {
    assertInceptionV3Options(architecture);
  } catch (cause) {
    throw new CorruptWeightsError(
      `Cannot read a Totem file of this architecture: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
  return architecture;
}

/** How the network ends, as far as it isn't the default. */
function parseEnd(json: Readonly<Record<string, unknown>>): ArchitectureEnd {
  const end: Record<string, unknown> = {};
  for (const [name, choices] of Object.entries(END_CHOICES)) {
    const value = json[name];
    if (value === undefined) continue;
    if (!(choices as readonly unknown[]).includes(value)) {
      throw unexpected(name, `one of ${choices.join(", ")}`, value);
    }
    end[name] = value;
  }
  return end;
}

/** Crop and resize; bytes enter as they are. */
export function parsePreprocessing(value: unknown): Preprocessing {
  const json = asObject(value, "preprocessing");
  const crop = asObject(json.crop, "crop");
  const { resize } = json;
  const method = RESIZE_METHODS.find((it) => it === resize);
  if (method === undefined) {
    throw unexpected("resize", "antialiased, bicubic or half-pixel", resize);
  }
  return { crop: parseCrop(crop), resize: method, ...BYTES };
}

function parseCrop(crop: Readonly<Record<string, unknown>>): CropRule {
  switch (crop.kind) {
    case "squash":
      return { kind: "squash" };
    case "center": {
      const fraction = asRatio(crop.fraction, "the crop's fraction", 1);
      return { kind: "center", fraction };
    }
    case "resize": {
      const to = asCount(crop.to, "the crop's to", 1, MAX_RESIZED);
      const size = asCount(crop.size, "the crop's size", 1, to);
      return { kind: "resize", to, size };
    }
  }
  throw unexpected("crop", "squash, center or resize", crop.kind);
}

/** Scale and offset, if given. */
function parseFolded(value: unknown): PixelScale | undefined {
  const { scale, offset } = asObject(value, "preprocessing");
  if (scale === undefined && offset === undefined) return undefined;
  return {
    scale: asPerChannel(scale, "scale"),
    offset: asPerChannel(offset, "offset"),
  };
}

function asPerChannel(value: unknown, where: string): PerChannel {
  const [red, green, blue, ...more] = asArray(value, where).map((it) =>
    asNumber(it, where)
  );
  if (blue === undefined || more.length > 0) {
    throw unexpected(where, "3 numbers", value);
  }
  return [red!, green!, blue];
}

/** `undefined` if the file doesn't say it. */
function parseVariant(value: unknown): Variant | undefined {
  return value === undefined || value === "full" || value === "low151" ||
      value === "low79"
    ? value
    : asSide(value, "variant");
}

/** All that can be assumed. */
export const ASSUMABLE: readonly MetadataField[] = [
  "variant",
  "pixels",
  "crop",
  "resize",
  "pools",
  "pooling",
  "hidden",
  "activation",
];

function parseAssumed(value: unknown): Origins | undefined {
  if (value === undefined) return undefined;
  const names = asArray(value, "what was assumed");
  const unknown = names.find((it) => !ASSUMABLE.includes(it as MetadataField));
  if (unknown !== undefined) {
    throw unexpected(
      "what was assumed",
      `among ${ASSUMABLE.join(", ")}`,
      unknown,
    );
  }
  return Object.fromEntries(names.map((it) => [it, "assumed-earlier"]));
}

function parseCalibration(value: unknown): CalibrationMetadata {
  const { method, images } = asObject(value, "calibration");
  if (method !== "images" && method !== "batch-norm") {
    throw unexpected(
      "the calibration's method",
      "images or batch-norm",
      method,
    );
  }
  return { method, images: asCount(images, "the calibration's images", 0) };
}

function asCount(
  value: unknown,
  where: string,
  least: number,
  most = 2 ** 20 - 1,
): number {
  const count = asNumber(value, where);
  if (Number.isSafeInteger(count) && count >= least && count <= most) {
    return count;
  }
  throw unexpected(where, `a whole number of ${least}..${most}`, value);
}

function asRatio(value: unknown, where: string, most: number): number {
  const ratio = asNumber(value, where);
  if (ratio > 0 && ratio <= most) return ratio;
  throw unexpected(where, `> 0 and <= ${most}`, value);
}

function asFlag(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw unexpected(where, "true or false", value);
}

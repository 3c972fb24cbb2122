/**
 * What a Totem file says of its network, as JSON.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import type {
  CalibrationFacts,
  Preprocessing,
  QuantizedNetwork,
} from "../model/mod.ts";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  parseJson,
  unexpected,
} from "./json.ts";
import { labelClasses } from "./labels.ts";
import { BYTES } from "./quantize/quantize_network.ts";

/** The key of the metadata. */
export const FACTS = "totem";

/** The version of the format that is written, and the only one that is read. */
const FORMAT = 1;

/** All of a quantized network but its numbers. */
export type Facts = Pick<
  QuantizedNetwork,
  | "architecture"
  | "labels"
  | "preprocessing"
  | "calibration"
  | "source"
  | "license"
>;

/** The JSON of a network's facts. */
export function stringifyFacts(
  { architecture, labels, preprocessing, calibration, source, license }: Facts,
): string {
  const { crop, resize } = preprocessing; // The rest is in the weights.
  const {
    classes = 1000,
    hiddenUnits = [],
    countIncludePad = false,
    widthMultiplier = 1,
  } = architecture;
  return JSON.stringify({
    format: FORMAT,
    architecture: {
      name: "inception-v3",
      classes,
      hiddenUnits,
      countIncludePad,
      widthMultiplier,
    },
    labels,
    preprocessing: { crop, resize },
    calibration,
    source,
    license,
  });
}

/**
 * The facts that {@linkcode stringifyFacts} wrote.
 *
 * @throws {CorruptWeightsError} When they aren't facts, or of another version.
 */
export function parseFacts(text: string): Facts {
  const json = asObject(
    parseJson(new TextEncoder().encode(text), "the network's facts"),
    "the network's facts",
  );
  if (json.format !== FORMAT) {
    throw new CorruptWeightsError(
      `Cannot read a Totem file of format ${
        JSON.stringify(json.format)
      }: this version reads format ${FORMAT}`,
    );
  }
  const architecture = parseArchitecture(json.architecture);
  const labels = asArray(json.labels, "labels").map((it) =>
    asString(it, "a label")
  );
  return {
    architecture,
    labels: labelClasses(architecture.classes, labels),
    preprocessing: parsePreprocessing(json.preprocessing),
    calibration: parseCalibration(json.calibration),
    source: asString(json.source, "source"),
    license: asString(json.license, "license"),
  };
}

function parseArchitecture(value: unknown) {
  const json = asObject(value, "architecture");
  if (json.name !== "inception-v3") {
    throw unexpected("the architecture's name", '"inception-v3"', json.name);
  }
  const hiddenUnits = asArray(json.hiddenUnits ?? [], "hiddenUnits");
  if (hiddenUnits.length > MAX_HIDDEN) {
    throw unexpected("hiddenUnits", `<= ${MAX_HIDDEN} numbers`, hiddenUnits);
  }
  return {
    classes: asCount(json.classes, "classes", 0),
    hiddenUnits: hiddenUnits.map((it) => asCount(it, "hiddenUnits", 1)),
    countIncludePad: asFlag(json.countIncludePad, "countIncludePad"),
    auxiliary: false,
    widthMultiplier: asRatio(json.widthMultiplier ?? 1, "widthMultiplier", 4),
  };
}

/** More hidden layers than that aren't a head. */
const MAX_HIDDEN = 16;

function parsePreprocessing(value: unknown): Preprocessing {
  const json = asObject(value, "preprocessing");
  const crop = asObject(json.crop, "crop");
  const { resize } = json;
  if (resize !== "antialiased" && resize !== "half-pixel") {
    throw unexpected("resize", "antialiased or half-pixel", resize);
  }
  switch (crop.kind) {
    case "squash":
      return { crop: { kind: "squash" }, resize, ...BYTES };
    case "center": {
      const fraction = asRatio(crop.fraction, "the crop's fraction", 1);
      return { crop: { kind: "center", fraction }, resize, ...BYTES };
    }
  }
  throw unexpected("crop", "squash or center", crop.kind);
}

function parseCalibration(value: unknown): CalibrationFacts {
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

function asCount(value: unknown, where: string, least: number): number {
  const count = asNumber(value, where);
  if (Number.isSafeInteger(count) && count >= least && count < 2 ** 20) {
    return count;
  }
  throw unexpected(where, `a whole number of ${least}..${2 ** 20 - 1}`, value);
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

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
import { asArray, asNumber, asObject, asString, parseJson } from "./json.ts";
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
  const { classes, hiddenUnits, countIncludePad, widthMultiplier } =
    architecture;
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
  if (labels.length !== architecture.classes) {
    throw new CorruptWeightsError(
      `Cannot label the model's ${architecture.classes} classes with ${labels.length} names`,
    );
  }
  return {
    architecture,
    labels,
    preprocessing: parsePreprocessing(json.preprocessing),
    calibration: parseCalibration(json.calibration),
    source: asString(json.source, "source"),
    license: asString(json.license, "license"),
  };
}

function parseArchitecture(value: unknown) {
  const json = asObject(value, "architecture");
  const name = asString(json.name, "the architecture's name");
  if (name !== "inception-v3") {
    throw new CorruptWeightsError(
      `Cannot run the architecture "${name}" as it must be "inception-v3"`,
    );
  }
  return {
    classes: asCount(json.classes, "classes"),
    hiddenUnits: asArray(json.hiddenUnits ?? [], "hiddenUnits").map((it) =>
      asCount(it, "hidden units")
    ),
    countIncludePad: asFlag(json.countIncludePad, "countIncludePad"),
    auxiliary: false,
    widthMultiplier: asRatio(json.widthMultiplier ?? 1, "widthMultiplier", 4),
  };
}

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
  return { method, images: asCount(images, "the calibration's images") };
}

function asCount(value: unknown, where: string): number {
  const count = asNumber(value, where);
  if (Number.isSafeInteger(count) && count >= 0 && count < 2 ** 20) {
    return count;
  }
  throw unexpected(where, `a whole number of 0..${2 ** 20 - 1}`, value);
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

function unexpected(where: string, kind: string, value: unknown) {
  return new CorruptWeightsError(
    `Cannot read ${where} as it must be ${kind}: it is ${
      JSON.stringify(value) ?? "absent"
    }`,
  );
}

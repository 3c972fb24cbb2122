/**
 * JSON in the header of a Totem file: everything of a network except its weights.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import type {
  CalibrationMetadata,
  MetadataField,
  Origins,
  QuantizedNetwork,
} from "../model/mod.ts";
import {
  asArray,
  asCount,
  asObject,
  asRatio,
  asString,
  asTexts,
  shown,
  unexpected,
} from "./json.ts";
import { parseJsonObject } from "./parse_json.ts";
import {
  parseFolded,
  parsePreprocessing,
  parseVariant,
} from "./preprocessing_metadata.ts";
import { MAX_HIDDEN } from "./limits.ts";
import { ALWAYS_SURE, isAlwaysSure } from "./answers.ts";
import { asWords, labelClasses } from "./labels.ts";
import {
  type ArchitectureEnd,
  assertInceptionV3Options,
  END_CHOICES,
} from "../model/inception_options.ts";

/** The key of a Totem file's metadata. */
export const TOTEM = "totem";

/** The version of the format: the only one that is written and read. */
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
  const labels = asTexts(json.labels, "labels", "a label");
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

function parseClassIds(value: unknown, classes: number) {
  if (value === undefined) return undefined;
  const ids = asTexts(value, "classIds", "a class's id");
  if (ids.length === classes) return ids;
  throw unexpected("classIds", `an id for each of ${classes} classes`, ids);
}

/** The known fields of an architecture. With others, a network computes something else. */
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

/** Parses the fields about the network's end. Defaults are omitted. */
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

/** All fields that may be assumed. */
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

function asFlag(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw unexpected(where, "true or false", value);
}

/**
 * Parses the JSON of a network's preprocessing.
 *
 * @module
 */
import type {
  CropRule,
  PerChannel,
  PixelScale,
  Preprocessing,
  Variant,
} from "../model/mod.ts";
import { BYTES } from "../model/quantized_network.ts";
import { MAX_RESIZED, RESIZE_METHODS } from "../network_arguments.ts";
import {
  asArray,
  asCount,
  asNumber,
  asObject,
  asRatio,
  unexpected,
} from "./json.ts";
import { asSide } from "./limits.ts";

/** Parses crop and resize. Scale and offset are those of raw bytes. */
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

/** Parses scale and offset, if given. */
export function parseFolded(value: unknown): PixelScale | undefined {
  const { scale, offset } = asObject(value, "preprocessing");
  if (scale === undefined && offset === undefined) return undefined;
  return {
    scale: asPerChannel(scale, "scale"),
    offset: asPerChannel(offset, "offset"),
  };
}

/** A number for each of R, G and B. */
export function asPerChannel(value: unknown, where: string): PerChannel {
  const [red, green, blue, ...more] = asArray(value, where).map((it) =>
    asNumber(it, where)
  );
  if (blue === undefined || more.length > 0) {
    throw unexpected(where, "3 numbers", value);
  }
  return [red!, green!, blue];
}

/** Parses the variant; `undefined` if the file doesn't state it. */
export function parseVariant(value: unknown): Variant | undefined {
  return value === undefined || value === "full" || value === "low151" ||
      value === "low79"
    ? value
    : asSide(value, "variant");
}

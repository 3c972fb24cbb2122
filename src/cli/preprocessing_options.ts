/**
 * Options for the preprocessing of photos, if a model's file doesn't define it.
 *
 * @module
 */
import type {
  CropRule,
  PerChannel,
  PixelScale,
  Preprocessing,
} from "../model/mod.ts";
import { MAX_RESIZED, RESIZE_METHODS } from "../network_arguments.ts";
import { choice } from "./option_kinds.ts";
import { type Option, UsageError, type Values } from "./options.ts";

/** From torchvision's and timm's normalization, for `--scale imagenet`. */
const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
const IMAGENET_DEVIATION = [0.229, 0.224, 0.225] as const;

/** The range that bytes are mapped to, by name. */
const SCALES: Readonly<Record<string, PixelScale>> = {
  "-1..1": range(1 / 127.5, -1),
  "0..1": range(1 / 255, 0),
  "0..255": range(1, 0),
  "imagenet": normalization(IMAGENET_MEAN, IMAGENET_DEVIATION),
};

/** Options for `parse()`. */
export const PREPROCESSING_OPTIONS = {
  scale: {
    ...choice(undefined, Object.keys(SCALES)),
    excludes: ["mean", "std"],
  },
  mean: { ...perChannel("in 0..1", (it) => it >= 0 && it <= 1), needs: "std" },
  std: {
    ...perChannel("> 0 and <= 1", (it) => it > 0 && it <= 1),
    needs: "mean",
  },
  crop: {
    absent: undefined,
    read: readCrop,
  } as Option<CropRule | undefined>,
  resize: choice(undefined, RESIZE_METHODS),
};

/** A section for `--help`. */
export const PREPROCESSING_HELP = `\
Preprocessing options (default: what the model says):
  --scale RANGE      Range of input values: -1..1, 0..1, 0..255, or imagenet for
                     torchvision's mean and standard deviation
  --mean R,G,B       Mean to subtract from values in 0..1, instead of --scale
  --std R,G,B        Standard deviation to divide by; needs --mean
  --crop RULE        squash; center:PART of the shorter side (center:0.875); or
                     TO:SIZE (342:299): resize the shorter side to TO pixels and
                     crop the central SIZE
  --resize NAME      antialiased (Pillow's bilinear), bicubic (Pillow's), or
                     half-pixel (bilinear without antialiasing)`;

/** The preprocessing set by options. */
export function askedPreprocessing(
  { scale, mean, std, crop, resize }: Values<typeof PREPROCESSING_OPTIONS>,
): Partial<Preprocessing> {
  return {
    ...scale !== undefined && SCALES[scale],
    ...mean && std && normalization(mean, std),
    ...crop && { crop },
    ...resize && { resize },
  };
}

function range(scale: number, offset: number): PixelScale {
  return {
    scale: [scale, scale, scale],
    offset: [offset, offset, offset],
  };
}

/** torchvision's `Normalize(mean, std)` after `ToTensor()`. */
function normalization(mean: PerChannel, std: PerChannel): PixelScale {
  return {
    scale: [1 / (255 * std[0]), 1 / (255 * std[1]), 1 / (255 * std[2])],
    offset: [-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]],
  };
}

/** Three comma-separated numbers, for pixel values in 0..1. */
function perChannel(
  bounds: string,
  accepts: (value: number) => boolean,
): Option<PerChannel | undefined> {
  return {
    absent: undefined,
    read(text, name) {
      const parts = text.split(",");
      const values = parts.map((it) => it.trim() === "" ? NaN : Number(it));
      const [red, green, blue] = values;
      if (values.length === 3 && values.every(accepts)) {
        return [red!, green!, blue!];
      }
      const isOfBytes = values.length === 3 &&
        values.every((it) => it > 1 && it <= 255);
      throw new UsageError(
        `Cannot use --${name} ${text} as it must be three numbers ${bounds} with commas, for red, green and blue${
          isOfBytes ? ": if these are for bytes, divide them by 255" : ""
        }`,
      );
    },
  };
}

function readCrop(text: string): CropRule {
  if (text === "squash") return { kind: "squash" };
  const [, part] = text.match(/^center:(\d*\.?\d+)$/) ?? [];
  const fraction = Number(part);
  if (fraction > 0 && fraction <= 1) return { kind: "center", fraction };
  const [to, size] = text.match(/^\d+:\d+$/) ? text.split(":").map(Number) : [];
  if (to! <= MAX_RESIZED && size! >= 1 && size! <= to!) {
    return { kind: "resize", to: to!, size: size! };
  }
  throw new UsageError(
    `Cannot use --crop ${text} as it must be squash, center:PART with a part in (0, 1], or TO:SIZE with two sizes in pixels, the second not above the first, at most ${MAX_RESIZED}`,
  );
}

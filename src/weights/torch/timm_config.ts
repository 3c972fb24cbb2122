import { asPerChannel } from "../preprocessing_metadata.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { PerChannel, PixelScale, Pooling } from "../../model/mod.ts";
import type { BesideModel } from "../foreign/imported.ts";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  shown,
  unexpected,
} from "../json.ts";
import { asSide } from "../limits.ts";

type Json = Readonly<Record<string, unknown>>;

/** The contents of timm's `config.json` beside a model. */
export interface TimmConfig extends BesideModel {
  readonly classes?: number | undefined;
}

/** Keys that identify a model's configuration. Other JSON files have none of them. */
const OWN_NAMES = [
  "architecture",
  "pretrained_cfg",
  "global_pool",
  "label_names",
  "mean",
  "std",
  "crop_pct",
];

/**
 * Parses timm's `config.json` (`save_config_for_hf` in `timm/models/_hub.py`), also in its
 * old flat form and in that of transformers' `TimmWrapper`. Returns `undefined` for a file
 * about something else.
 *
 * @param where The file, for errors.
 * @throws {CorruptWeightsError} When it describes another model, or has settings that
 * aren't supported.
 */
export function parseTimmConfig(
  json: unknown,
  where: string,
): TimmConfig | undefined {
  const isObject = typeof json === "object" && json !== null;
  if (!isObject || !OWN_NAMES.some((it) => it in json)) return undefined;
  const config = asObject(json, where);
  const nested = config.pretrained_cfg ?? {};
  const inputs = asObject(nested, `pretrained_cfg in ${where}`);
  const args = asObject(config.model_args ?? {}, `model_args in ${where}`);
  const all = { ...inputs, ...config, ...args };
  const { architecture, license } = all;
  // `pretrained_cfg` of a fine-tuned network may still have the original number.
  const num_classes = args.num_classes ?? config.num_classes;
  if (
    architecture !== undefined &&
    !/^((tf|adv|gluon)_)?inception_v3(\.|$)/.test(String(architecture))
  ) {
    throw unexpected(
      `architecture in ${where}`,
      "inception_v3",
      architecture,
    );
  }
  return {
    ...parseInput(all, where),
    ...parseLabels(all, where),
    pooling: parsePooling(all.global_pool, where),
    ...typeof license === "string" && license !== "" && { license },
    classes: num_classes == null
      ? undefined
      : asNumber(num_classes, `num_classes in ${where}`),
  };
}

/** Parses the preprocessing (`resolve_data_config` in `timm/data/config.py`). */
export function parseInput(
  { mean, std, input_size, ...geometry }: Json,
  where: string,
): Pick<BesideModel, "pixels" | "geometry" | "variant"> {
  const side = input_size == null ? undefined : parseSize(input_size, where);
  return {
    pixels: mean == null && std == null ? undefined : parsePixels(
      mean ?? [0.485, 0.456, 0.406],
      std ?? [0.229, 0.224, 0.225],
      where,
    ),
    geometry: parseGeometry(geometry, side ?? 299, where),
    variant: side === 299 ? "full" : side,
  };
}

function parsePixels(mean: unknown, std: unknown, where: string): PixelScale {
  const means = asPerChannel(mean, `mean in ${where}`);
  const deviations = asPerChannel(std, `std in ${where}`);
  if (deviations.some((it) => !(it > 1e-6))) {
    throw unexpected(`std in ${where}`, "numbers > 0", std);
  }
  const each = (value: (c: number) => number): PerChannel => [
    value(0),
    value(1),
    value(2),
  ];
  return {
    scale: each((c) => 1 / (255 * deviations[c]!)),
    offset: each((c) => -means[c]! / deviations[c]!),
  };
}

/** `[channels, height, width]` */
function parseSize(value: unknown, where: string): number {
  const [channels, height, width] = asArray(value, `input_size in ${where}`);
  if (channels !== 3 || height !== width) {
    throw unexpected(`input_size in ${where}`, "[3, side, side]", value);
  }
  return asSide(height, `input_size in ${where}`);
}

function parseGeometry(
  { crop_pct, crop_mode, interpolation }: Json,
  size: number,
  where: string,
): BesideModel["geometry"] {
  const resize = interpolation == null
    ? undefined
    : INTERPOLATIONS.get(interpolation);
  if (interpolation != null && resize === undefined) {
    throw unexpected(
      `interpolation in ${where}`,
      "bilinear or bicubic",
      interpolation,
    );
  }
  const fraction = crop_pct == null
    ? undefined
    : asNumber(crop_pct, `crop_pct in ${where}`);
  if (fraction !== undefined && !(fraction > 0.01 && fraction <= 1)) {
    throw unexpected(`crop_pct in ${where}`, "> 0.01 and <= 1", fraction);
  }
  const isSquashed = crop_mode === "squash" && fraction === 1;
  if (!isSquashed && crop_mode != null && crop_mode !== "center") {
    throw unexpected(
      `crop_mode in ${where}`,
      "center, or squash with a crop_pct of 1",
      crop_mode,
    );
  }
  return {
    ...resize && { resize },
    ...fraction !== undefined && {
      crop: isSquashed
        ? { kind: "squash" }
        : { kind: "resize", to: Math.floor(size / fraction), size },
    },
  };
}

const INTERPOLATIONS = new Map<unknown, "antialiased" | "bicubic">([
  ["bilinear", "antialiased"],
  ["bicubic", "bicubic"],
]);

function parsePooling(value: unknown, where: string): Pooling | undefined {
  switch (value) {
    case undefined:
    case null:
      return undefined;
    case "avg":
    case "fast":
    case "fastavg":
      return "mean";
    case "max":
    case "fastmax":
      return "max";
    default:
      throw unexpected(`global_pool in ${where}`, "avg or max", value);
  }
}

/** Class names. If those are ids, the labels are their descriptions. */
function parseLabels(
  { label_names, labels, label_descriptions, id2label }: Json,
  where: string,
): Pick<BesideModel, "labels" | "classIds" | "labelsFrom"> {
  const names = label_names ?? labels ??
    (areMadeUp(id2label) ? null : id2label);
  if (names == null) return {};
  const labelsFrom = `label_names in ${where}`;
  const texts = asNames(names, labelsFrom);
  if (label_descriptions == null) return { labels: texts, labelsFrom };
  const field = `label_descriptions in ${where}`;
  const descriptions = asObject(label_descriptions, field);
  return {
    labels: texts.map((it) =>
      Object.hasOwn(descriptions, it) ? asString(descriptions[it], field) : it
    ),
    classIds: texts,
    labelsFrom,
  };
}

/** Names from a list, or from an object by index. */
function asNames(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value)) {
    return value.map((it, i) => asString(it, `class ${i} of ${where}`));
  }
  const object = asObject(value, where);
  return Object.keys(object).map((_, i) => {
    if (Object.hasOwn(object, i)) {
      return asString(object[i], `class ${i} of ${where}`);
    }
    throw new CorruptWeightsError(
      `Cannot read ${where} as each class must have a name: class ${i} has none`,
    );
  });
}

/** Whether all are transformers' placeholder names: `LABEL_0`, `LABEL_1`, ... */
function areMadeUp(id2label: unknown): boolean {
  return id2label == null ||
    typeof id2label === "object" &&
      Object.values(id2label).every((it) => /^LABEL_\d+$/.test(String(it)));
}

/** @throws {CorruptWeightsError} When the model has a different number of classes. */
export function assertClasses(
  { classes }: TimmConfig,
  found: number,
  where: string,
): void {
  if (classes === undefined || classes === found) return;
  throw new CorruptWeightsError(
    `Cannot use ${where} as its num_classes must be ${found}, as the weights have it: it is ${
      shown(classes)
    }`,
  );
}

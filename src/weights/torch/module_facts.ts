import { CorruptWeightsError } from "../../errors.ts";
import type { Pooling } from "../../model/mod.ts";
import { asItems, type TorchModule } from "./collect_states.ts";
import type { TorchNetwork } from "./find_network.ts";
import { type Pickled, PickledObject } from "./pickled.ts";

/** Facts from the classes and attributes of a pickled model. */
export interface ModuleFacts {
  readonly library: "torchvision" | "timm";
  /** Whether it maps input normalized by ImageNet's mean and deviation to -1..1. */
  readonly transformInput: boolean | undefined;
  readonly pooling: Pooling;
  /** Whether its pools are those of pytorch-fid's network. */
  readonly isFid: boolean;
  /** timm's configuration. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

const INPUT_FIELDS = [
  "mean",
  "std",
  "crop_pct",
  "crop_mode",
  "interpolation",
];

const NETWORK =
  /^(torchvision)\.models\.(?:quantization\.)?inception\.\w*Inception3$|^(timm)\.models\.inception_v3\.InceptionV3(?:Aux)?$/;

/** Wrappers around the network that pass the image on unchanged. */
const WRAPPERS =
  /(^torch\..*\.(DataParallel|DistributedDataParallel|Sequential|OptimizedModule|AveragedModel)|^timm\.utils\.model_ema\.\w+)$/;

/** The classes of the network's parts, in torchvision, timm, pytorch-fid and PyTorch. */
const PARTS =
  /^(torchvision\.(models|ops)|timm\.(models|layers)|pytorch_fid\.inception)\.|^torch\.nn\.modules\.(conv\.Conv2d|batchnorm\.(BatchNorm2d|SyncBatchNorm)|pooling\.|activation\.ReLU|dropout\.|linear\.Identity|flatten\.|container\.)/;

/**
 * Facts about a pickled model; `undefined` for a state dict.
 *
 * @throws {CorruptWeightsError} When a module may compute something else. The error names
 * its class.
 */
export function moduleFacts(
  { modules, prefix }: TorchNetwork,
): ModuleFacts | undefined {
  if (modules.size === 0) return undefined;
  const path = prefix.replace(/\.$/, "");
  const network = modules.get(path);
  const library = network?.class.match(NETWORK)?.slice(1).find(Boolean);
  if (network === undefined || library === undefined) {
    throw unknown(path, network);
  }
  let isFid = false;
  for (const [at, module] of modules) {
    if (at === path || at === "" && prefix !== "") continue;
    if (!at.startsWith(prefix)) continue;
    const name = at.slice(prefix.length);
    if (/^(fc|AuxLogits)(\.|$)/.test(name)) continue;
    if (!PARTS.test(module.class)) throw unknown(at, module);
    isFid ||= /\.FIDInceptionE_2$/.test(module.class);
  }
  assertWrappers(modules, path);
  const { attributes } = network;
  const transform = attributes.get("transform_input");
  return {
    library: library as ModuleFacts["library"],
    transformInput: typeof transform === "boolean" ? transform : undefined,
    pooling: poolingOf(modules, prefix),
    isFid,
    config: asConfig(attributes.get("pretrained_cfg")) ??
      asConfig(attributes.get("default_cfg")),
  };
}

/** Checks the modules around the network, and refuses any before it in a `Sequential`. */
function assertWrappers(
  modules: ReadonlyMap<string, TorchModule>,
  path: string,
): void {
  for (const [at, module] of modules) {
    if (at === path) return;
    const isAround = at === "" || path.startsWith(`${at}.`);
    if (!isAround || !WRAPPERS.test(module.class)) throw unknown(at, module);
  }
}

function poolingOf(
  modules: ReadonlyMap<string, TorchModule>,
  prefix: string,
): Pooling {
  for (const name of ["avgpool", "global_pool"]) {
    const pool = modules.get(prefix + name);
    if (pool === undefined) continue;
    const type = pool.attributes.get("pool_type");
    if (/\.AdaptiveAvgPool2d$/.test(pool.class) || type === "avg") {
      return "mean";
    }
    if (/\.AdaptiveMaxPool2d$/.test(pool.class) || type === "max") return "max";
    if (type === undefined && /SelectAdaptivePool2d$/.test(pool.class)) {
      const inner = modules.get(`${prefix}${name}.pool`)?.class ?? "";
      if (/Avg(Pool)?(2d)?$/.test(inner) && !/Max/.test(inner)) return "mean";
      if (/Max(Pool)?(2d)?$/.test(inner) && !/Avg/.test(inner)) return "max";
    }
    throw new CorruptWeightsError(
      `Cannot import the module "${prefix}${name}" as it must be an average or a maximum of each channel: it is ${pool.class}${
        typeof type === "string" ? ` of "${type}"` : ""
      }`,
    );
  }
  return "mean";
}

/** The preprocessing fields of a dict or of timm's `PretrainedCfg`. */
function asConfig(value: Pickled | undefined): ModuleFacts["config"] {
  if (value === undefined || value === null) return undefined;
  const state = value instanceof PickledObject ? value.state : null;
  const config: Record<string, unknown> = {};
  for (const [key, it] of asItems(state instanceof Map ? state : value)) {
    const name = INPUT_FIELDS.find((field) => field === key);
    if (name !== undefined && typeof it !== "bigint") config[name] = it;
  }
  return config;
}

function unknown(
  path: string,
  module: TorchModule | undefined,
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot import the module "${
      path || "model"
    }" as its class must be one of torchvision's, timm's or PyTorch's own, since the code of others isn't in a file: it is ${
      module?.class ?? "absent"
    }. Save the weights: torch.save(model.state_dict(), "weights.pth")`,
  );
}

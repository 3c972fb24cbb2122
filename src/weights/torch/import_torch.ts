import type { Origins, PixelScale } from "../../model/mod.ts";
import { displayValue } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { findNetwork, type TorchNetwork } from "./find_network.ts";
import type { TorchState } from "./collect_states.ts";
import { assertWindows } from "./assert_windows.ts";
import { matchTorch } from "./match_torch.ts";
import { type ModuleFacts, moduleFacts } from "./module_facts.ts";
import { assertClasses, parseInput, type TimmConfig } from "./timm_config.ts";
import {
  FID_PREPROCESSING,
  IMAGENET_PREPROCESSING,
  TORCHVISION_PREPROCESSING,
} from "./preprocessing.ts";

/** Options, and facts known from outside the tensors. */
export interface TorchOptions {
  /** Whether the auxiliary classifier is imported too. */
  readonly auxiliary?: boolean | undefined;
  /** Chooses a network in the file by its dict's key or the prefix of its names. */
  readonly stateDict?: string | undefined;
  /** The parsed `config.json`. */
  readonly config?: TimmConfig | undefined;
  /** Whether Totem trained the weights, so that they belong to our network. */
  readonly isOwn?: boolean;
  /** Whether a traced program maps its input to -1..1. */
  readonly transformsInput?: boolean | undefined;
}

/** Number of classes of the network published in December 2015. */
const FID_CLASSES = 1008;

/**
 * Imports the Inception-v3 in a PyTorch file.
 *
 * @throws {CorruptWeightsError} When there is none, or it computes something else.
 */
export function importTorch(
  states: readonly TorchState[],
  { auxiliary = false, stateDict, config, isOwn = false, transformsInput }:
    TorchOptions = {},
): ImportedModel {
  const network = findNetwork(states, stateDict);
  const facts = moduleFacts(network);
  assertWindows(network.modules, network.prefix);
  const { architecture, layers, head } = matchTorch(network, auxiliary);
  const { classes } = architecture;
  if (classes === 0) assertNoHead(states, head.inputs);
  if (config !== undefined) assertClasses(config, classes, "config.json");
  const isBare = facts === undefined && !isOwn && config === undefined;
  const isFid = facts?.isFid ?? (isBare && isLikeFid(network, classes));
  const transforms = facts?.transformInput ?? transformsInput;
  const pooling = facts?.pooling;
  const origins: Origins = {
    ...isBare && mayBeFid(network, classes) && { pools: "assumed" },
    ...pooling === undefined && { pooling: "assumed" },
    ...classes > 0 && head.activation === undefined &&
      { activation: "assumed" },
    ...head.isAssumed && { hidden: "assumed" },
  };
  return {
    architecture: {
      ...architecture,
      countIncludePad: !isFid, // `avg_pool2d` counts padding.
      ...isFid && { lastPool: "max" },
      ...pooling && { pooling },
      ...head.activation && { activation: head.activation },
    },
    layers,
    isChosen: stateDict !== undefined,
    ...inputOf(facts, transforms),
    beside: config,
    usual: isFid
      ? FID_PREPROCESSING
      : facts?.library === "torchvision" && transforms === false
      ? IMAGENET_PREPROCESSING
      : TORCHVISION_PREPROCESSING,
    origins,
  };
}

/** Without this check, a classifier in a separate dict would be dropped silently. */
function assertNoHead(states: readonly TorchState[], features: number): void {
  for (const { keys, tensors } of states) {
    for (const { name, shape } of tensors.values()) {
      if (shape.length !== 2 || shape[1] !== features) continue;
      const path = keys.map((it) => `[${displayValue(it)}]`).join("");
      throw new CorruptWeightsError(
        `Cannot import the weights without a classifier as the file must have none: the tensor "${name}" in ${path} takes the ${features} features. Save both as one state dict: torch.save({**backbone, **{"fc." + k: v for k, v in head.items()}}, "one.pth")`,
      );
    }
  }
}

/**
 * Whether it is the network for the Fréchet inception distance (pytorch-fid's
 * `pt_inception-2015-12-05`). It has torchvision's names, but its average pools exclude
 * padding, and its last block has a max pool.
 */
function isLikeFid(network: TorchNetwork, classes: number): boolean {
  return classes === FID_CLASSES && mayBeFid(network, classes);
}

/** Without its classifier, which features don't need, it looks like any other network. */
function mayBeFid({ tensors }: TorchNetwork, classes: number): boolean {
  return [0, FID_CLASSES].includes(classes) &&
    !tensors.has("AuxLogits.fc.weight");
}

function inputOf(
  facts: ModuleFacts | undefined,
  transforms: boolean | undefined,
): Pick<ImportedModel, "pixels" | "geometry"> {
  const own = facts?.config && parseInput(facts.config, "the model");
  const { scale, offset } = TORCHVISION_PREPROCESSING;
  const transformed: PixelScale = { scale, offset };
  return {
    pixels: transforms ? transformed : own?.pixels,
    geometry: own?.geometry,
  };
}

/**
 * Options for metadata that a model's file may lack.
 *
 * @module
 */
import type { NetworkMetadata } from "../weights/load_options.ts";
import { POOL_RULES } from "../model/model_metadata.ts";
import { choice, text } from "./option_kinds.ts";
import type { Values } from "./options.ts";
import {
  askedPreprocessing,
  PREPROCESSING_HELP,
  PREPROCESSING_OPTIONS,
} from "./preprocessing_options.ts";

/** Options for `parse()`. */
export const NETWORK_OPTIONS = {
  activation: choice(undefined, ["softmax", "sigmoid", "none"]),
  pooling: choice(undefined, ["mean", "max"]),
  pools: choice(undefined, POOL_RULES),
  "state-dict": text(),
  ...PREPROCESSING_OPTIONS,
};

/** For `parse()`: the class names, for commands that show them. */
export const LABELS_OPTION = { labels: text() };

/** For `--help`. */
export const LABELS_HELP = `\
  --labels FILE      Class names, as JSON or one per line (default: those of the
                     model, or of a classes.json next to it)`;

/** For `--help`: options of the model, and a section of preprocessing options. */
export const NETWORK_HELP = `\
  --activation NAME  How logits become outputs: softmax (one class per image),
                     sigmoid (any number of labels) or none (default: what the
                     model says, else softmax)
  --pooling NAME     Global pooling for the features: mean or max (default: what
                     the model says, else mean)
  --pools NAME       Padding in the average pools of the blocks: padding-counted
                     (PyTorch), padding-left-out (TensorFlow), or fid, for the
                     weights of the Fréchet inception distance (default: what
                     the model says, else the rule of its framework)
  --state-dict NAME  Key of the state dict in a PyTorch checkpoint that has
                     several, such as model_ema

${PREPROCESSING_HELP}`;

/** The metadata set by the options. */
export function networkMetadata(
  {
    activation,
    pooling,
    pools,
    "state-dict": stateDict,
    ...preprocessing
  }: Values<typeof NETWORK_OPTIONS>,
): Omit<NetworkMetadata, "labels"> {
  return {
    activation,
    pooling,
    pools,
    stateDict,
    preprocessing: askedPreprocessing(preprocessing),
  };
}

/**
 * Options for what a model's file may not say.
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

/** For `parse()`. */
export const NETWORK_OPTIONS = {
  activation: choice(undefined, ["softmax", "sigmoid", "none"]),
  pooling: choice(undefined, ["mean", "max"]),
  pools: choice(undefined, POOL_RULES),
  "state-dict": text(),
  ...PREPROCESSING_OPTIONS,
};

/** For `parse()`: the names of classes, for commands that show them. */
export const LABELS_OPTION = { labels: text() };

/** For `--help`. */
export const LABELS_HELP = `\
  --labels FILE      The classes' names: JSON, or one per line (default: the
                     model's own, or those of a classes.json beside it)`;

/** For `--help`. */
export const NETWORK_HELP = `\
  --activation NAME  How logits become answers: softmax, for one class per
                     image; sigmoid, for any number of labels; or none (default:
                     what the model says, else softmax)
  --pooling NAME     How the last activations become features: mean or max
                     (default: what the model says, else mean)
  --pools NAME       How average pools in the blocks treat padding:
                     padding-counted, as PyTorch's; padding-left-out, as
                     TensorFlow's; or fid, for the weights of the Fréchet
                     inception distance (default: what the model says, else the
                     rule of the library that its weights come from)
  --state-dict NAME  Which of several networks in a PyTorch checkpoint is meant:
                     the key of its state dict, such as model_ema
${PREPROCESSING_HELP}`;

/** What the options say of a network. */
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

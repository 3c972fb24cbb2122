/**
 * How a network's activations become features, and its logits answers. Files with weights
 * only usually don't state this, so options can.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import type {
  AnswerActivation,
  InceptionV3Options,
  LayerWeights,
  Network,
  Origins,
  Pooling,
  PoolRule,
} from "../model/mod.ts";
import { modelMetadata } from "../model/model_metadata.ts";
import { insteadOf, labelClasses } from "./labels.ts";

/** The options about this: see `NetworkMetadata`. */
export interface AnswerOptions {
  readonly activation?: AnswerActivation | undefined;
  readonly pooling?: Pooling | undefined;
  readonly pools?: PoolRule | undefined;
}

/** Applies the options to an architecture. Also returns the origins of what they set. */
export function withAnswers<A extends Omit<InceptionV3Options, "variant">>(
  architecture: A,
  { activation, pooling, pools }: AnswerOptions,
): { readonly architecture: A; readonly origins: Origins } {
  if (activation !== undefined && architecture.classes === 0) {
    throw new ArgumentError(
      `Cannot load the model with the activation ${activation} as it has no classes`,
    );
  }
  if (activation === "softmax" && architecture.classes === 1) {
    throw new ArgumentError(
      "Cannot load the model with the activation softmax as softmax of its single output is always 100%",
    );
  }
  if (pooling !== undefined && architecture.pooling === "flatten") {
    throw new ArgumentError(
      `Cannot load the model with the pooling ${pooling} as its classifier has a weight for each of the last activations: it flattens them`,
    );
  }
  return {
    architecture: {
      ...architecture,
      ...activation && { activation },
      ...pooling && { pooling },
      ...pools && poolsOf(pools),
    },
    origins: {
      ...pools && { pools: "option" },
      ...activation && { activation: "option" },
      ...pooling && { pooling: "option" },
    },
  };
}

/**
 * Refuses another value than the model's own.
 *
 * @param model With its article, for the error: `the int8 model "parts"`.
 * @param advice What to do about it, if anything helps.
 */
export function assertOwn(
  model: string,
  fact: "pooling" | "pools",
  network: Network,
  asked: Pooling | PoolRule | undefined,
  advice = "",
): void {
  const own = modelMetadata(network)[fact].value;
  if (asked === undefined || asked === own) return;
  throw new ArgumentError(
    `Cannot load ${model} with the ${fact} ${asked} as its weights are for ${own}${advice}`,
  );
}

/** The graph's options for a pool rule. */
function poolsOf(rule: PoolRule) {
  return {
    countIncludePad: rule === "padding-counted",
    lastPool: rule === "fid" ? "max" : "avg",
  } as const;
}

/** The error about a classifier whose answer is always the same. */
export const ALWAYS_SURE =
  "Cannot use a classifier of one output as softmax of a single output is always 100%";

/** Whether a network has one output and softmax. */
export function isAlwaysSure(
  { classes, activation = "softmax" }: Pick<
    InceptionV3Options,
    "classes" | "activation"
  >,
): boolean {
  return classes === 1 && activation === "softmax";
}

/**
 * Names a network's classes, by default `class 0`, `class 1`, ... A network with a single
 * sigmoid and two names, as is common with Keras, becomes a classifier of two classes: the
 * sigmoid is the probability of the second.
 *
 * @param file The file with the names, for errors; absent if the caller gave them.
 * @throws {ArgumentError} When the caller gave a wrong number of names, or no activation
 * for a single output. The weights are valid then, and stay in the cache.
 * @throws {CorruptWeightsError} When a file has a wrong number of names.
 */
export function nameClasses<N extends Network>(
  network: N,
  names: readonly string[] | undefined,
  file?: string,
): N {
  const { classes = 1000, activation } = network.architecture;
  if (isAlwaysSure(network.architecture)) {
    throw new ArgumentError(
      `${ALWAYS_SURE}. If it was trained with a sigmoid, load it with --activation sigmoid, or { activation: "sigmoid" }. With two labels, the second gets the sigmoid's probability and the first the rest`,
    );
  }
  const named = classes === 1 && activation === "sigmoid" && names?.length === 2
    ? withTwoClasses(network)
    : network;
  const labels = labelClasses(named.architecture, names, insteadOf(file));
  return { ...named, labels };
}

/** Softmax of `[0, z]` is `[1 - p, p]`, where `p` is the sigmoid of `z`. */
function withTwoClasses<N extends Network>(network: N): N {
  return {
    ...network,
    architecture: {
      ...network.architecture,
      classes: 2,
      activation: "softmax",
    },
    weights(name: string) {
      const weights = network.weights(name);
      const isLast = name === "Logits" || name === "AuxLogits/fc";
      return isLast ? withFirstUnitOfZeros(weights) : weights;
    },
  };
}

/** Adds a first unit, whose output is always 0, to a dense layer of one unit. */
function withFirstUnitOfZeros({ kernel, bias }: LayerWeights): LayerWeights {
  const both = new Float32Array(2 * kernel.length);
  for (const [input, weight] of kernel.entries()) both[2 * input + 1] = weight;
  return { kernel: both, bias: Float32Array.of(0, bias[0]!) };
}

/**
 * Adapts a network to photos of low resolution (arXiv 1512.00567, section 8) without
 * training.
 *
 * @module
 */
import {
  assertArgument,
  assertOptions,
  assertSignal,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { yieldToEventLoop } from "../async/yield.ts";
import { givenTfjs, type TfjsPackages } from "../backends/tfjs/packages.ts";
import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import { cosine } from "../cosine.ts";
import { ArgumentError } from "../errors.ts";
import { type GivenImage, isGiven, readGiven } from "../image/given_image.ts";
import { cropAndResize, decodeImage } from "../image/mod.ts";
import type { Network, Variant } from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { withVariant } from "../model/model_metadata.ts";
import { assertFloat, assertNetwork } from "../network_arguments.ts";
import { batchesOf } from "./image_batch.ts";
import { moveDistributions, type ResizedPhoto } from "./move_distributions.ts";
import { pickEvenly } from "./pick_evenly.ts";
import { CONCURRENCY, runLayers } from "./run_layers.ts";

/** Options of `adapt`. */
export interface AdaptOptions {
  /** The resolution: `"low79"`, `"low151"` or a side in pixels, below 299. */
  readonly variant: Variant;
  /** How far to move the batch norm statistics, in [0, 1]; 0.5 unless given. */
  readonly batchNorm?: number | undefined;
  /**
   * Imports tfjs; by default from where this runtime finds it. A bundle needs the `tfjs`
   * of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
  /** Aborts the adaptation. */
  readonly signal?: AbortSignal | undefined;
}

const ADAPT_OPTIONS: OptionNames<AdaptOptions> = {
  variant: true,
  batchNorm: true,
  tfjs: true,
  signal: true,
};

/** An adapted network. */
export interface Adapted {
  /**
   * The network for the low resolution. Its weights are unchanged if adapting didn't
   * improve the features.
   */
  readonly network: Network;
  /** The number of photos that were held out. */
  readonly heldOut: number;
  /**
   * The mean cosine between the held-out photos' features and those at full resolution,
   * before and after.
   */
  readonly cosine: {
    /** With the original weights. */
    readonly before: number;
    /** With batch norm statistics moved. */
    readonly batchNorm: number;
  };
}

/** Every fifth photo is held out. */
const HOLD_OUT_EVERY = 5;
/** Each one takes a third of a second per measurement. */
const MAX_HELD_OUT = 32;
/**
 * The maximum number of other photos, which are used to measure the channels'
 * distributions.
 */
const MAX_MEASURED = 32;

/**
 * Adapts a network to a smaller input, using unlabelled photos. It moves the batch norm
 * statistics so that features come close to those at full resolution. Every fifth photo
 * is held out to measure this. The same photos and options give the same network.
 *
 * It runs on tfjs on one thread, takes about 550 MB, and uses at most 64 photos.
 *
 * @param network With f32 weights.
 * @param photos At least 2. Each is read on demand.
 * @throws {ArgumentError} When an argument isn't valid, or the variant doesn't have fewer
 * pixels than the network's own.
 * @throws {AbortedError} When the signal fires.
 */
export async function adapt(
  network: Network,
  photos: readonly GivenImage[],
  options: AdaptOptions,
): Promise<Adapted> {
  const { full, low, batchNorm, tfjs, signal } = adaptSettings(
    network,
    photos,
    options,
  );
  const { preprocessing } = network;
  const resize = async (photos: readonly GivenImage[]) => {
    const resized: ResizedPhoto[] = [];
    for (const photo of photos) {
      await yieldToEventLoop(signal);
      const pixels = await decodeImage(await readGiven(photo), { signal });
      resized.push({
        full: cropAndResize(pixels, full.input[0], preprocessing).data,
        low: cropAndResize(pixels, low.input[0], preprocessing).data,
      });
    }
    return resized;
  };
  const { learnt, heldOut } = split(photos);

  const tf = await loadTfjs("wasm", tfjs);
  const runner = { tf, signal };
  const kept = await resize(heldOut);
  const expected: Float32Array[] = [];
  for (const batch of batchesOf(kept.map((it) => it.full), CONCURRENCY)) {
    expected.push(...await runLayers(runner, full, network, batch));
  }
  const measure = async (network: Network) => {
    const images = kept.map((it) => it.low);
    const found = await runLayers(runner, low, network, images);
    const sum = found.reduce((sum, it, i) => sum + cosine(it, expected[i]!), 0);
    return sum / found.length;
  };

  const before = await measure(network);
  const moved = await moveDistributions(
    runner,
    { full, low },
    network,
    await resize(pickEvenly(learnt, MAX_MEASURED)),
    batchNorm,
  );
  const after = await measure(moved);
  return {
    network: withVariant(after > before ? moved : network, options.variant),
    heldOut: kept.length,
    cosine: { before, batchNorm: after },
  };
}

/**
 * The options with defaults, and the graphs of both resolutions.
 *
 * @throws {ArgumentError} When an argument isn't valid.
 */
function adaptSettings(
  network: Network,
  photos: readonly GivenImage[],
  options: AdaptOptions,
) {
  assertNetwork("adapt", network);
  assertArgument(
    Array.isArray(photos) && photos.every(isGiven),
    "adapt as photos must be an array of { image }, or { read } for one that is read when its turn comes",
    photos,
  );
  assertOptions("adapt", options, ADAPT_OPTIONS);
  assertFloat("adapt", network);
  if (network.architecture.pooling === "flatten") {
    throw new ArgumentError(
      "Cannot adapt the network as its features are all of its last activations, of which there are fewer at a lower resolution: only means and maxima keep their number",
    );
  }
  const architecture = { ...network.architecture, auxiliary: false };
  const full = networkGraph({ ...network, architecture });
  const low = networkGraph({ ...network, architecture }, options.variant);
  if (low.input[0] >= full.input[0]) {
    throw new ArgumentError(
      `Cannot adapt to ${options.variant} as it must have fewer than the ${
        full.input[0]
      } pixels a side of the full resolution: there is nothing to adapt`,
    );
  }
  if (photos.length < 2) {
    throw new ArgumentError(
      `Cannot adapt as there must be >= 2 photos, one to learn from and one to measure with: there ${
        photos.length === 1 ? "is 1" : "are none"
      }`,
    );
  }
  const { batchNorm = 0.5, signal } = options;
  assertArgument(
    isNumber(batchNorm, (it) => it >= 0 && it <= 1),
    "adapt as batchNorm must be in [0, 1]",
    batchNorm,
  );
  assertSignal("adapt", signal);
  const tfjs = givenTfjs("adapt", options.tfjs);
  return { full, low, batchNorm, tfjs, signal };
}

/** Splits the photos into those to learn from and those to measure with. */
function split(photos: readonly GivenImage[]) {
  // Counted from the end, so that two photos are enough.
  const fifths = photos.filter((_, i) =>
    (photos.length - 1 - i) % HOLD_OUT_EVERY === 0
  );
  const heldOut = pickEvenly(fifths, MAX_HELD_OUT);
  const isHeldOut = new Set(heldOut);
  return { heldOut, learnt: photos.filter((it) => !isHeldOut.has(it)) };
}

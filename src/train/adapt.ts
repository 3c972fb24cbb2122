/**
 * Adapts a network to photos of few pixels, by what it says of the same photos at
 * its full resolution: section 8 of the paper (arXiv 1512.00567), without training
 * it anew.
 *
 * @module
 */
import { assertArgument, assertOptions } from "../argument.ts";
import { assertNetwork } from "../network_arguments.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import { decodeImage } from "../image/mod.ts";
import type { Network } from "../model/mod.ts";
import { withVariant } from "../model/model_metadata.ts";
import {
  ADAPT_OPTIONS,
  type AdaptOptions,
  adaptSettings,
} from "./adapt_options.ts";
import type { Layers } from "./fit_stem.ts";
import { yieldToEventLoop } from "../async/yield.ts";
import { batchesOf } from "./image_batch.ts";
import { learnStem, type PhotoSource } from "./learn_stem.ts";
import { moveDistributions } from "./move_distributions.ts";
import { pickEvenly } from "./pick_evenly.ts";
import { CONCURRENCY, runLayers } from "./run_layers.ts";
import { type ViewPair, wholePair } from "./view_pair.ts";

/** What became of a network. */
export interface Adapted {
  /**
   * The network for the resolution that was asked for, and no other. If nothing made
   * its features truer, its weights are those that were given.
   */
  readonly network: Network;
  /** How many of the photos weren't learnt from but measured with. */
  readonly heldOut: number;
  /** The mean cosine of their features to those of the full resolution. */
  readonly cosine: {
    /** As the network was given. */
    readonly before: number;
    /** After the best step. */
    readonly fitted: number;
    /** With batch norm's statistics moved as well; `null` if they stay. */
    readonly batchNorm: number | null;
  };
  /** The step after which the stem is taken; 0 if it is as it was. */
  readonly bestStep: number;
}

/** Every fifth photo is held out, */
const HOLD_OUT_EVERY = 5;
/** but no more than so many: each takes a third of a second at each look. */
const MOST_HELD_OUT = 32;
/** So many of the others show how channels are distributed. */
const MOST_MOVED_BY = 32;
/** The tfjs backend that it runs on. */
const BACKEND = "wasm";

/**
 * Adapts a network to fewer pixels by photos without labels: what it says of them
 * shall be what it says of them at the full resolution. Batch norm's statistics move
 * by what the resolution makes of the channels' distributions; if there are steps, the
 * stem learns before to give what it gives at the full resolution.
 *
 * Every fifth photo is held out. What is taken is what made the features of these the
 * truest; the network's own weights, if nothing did. The same photos, options and seed
 * give the same network again.
 *
 * It runs on one thread, in some 550 MB, 850 with steps, and looks at no more than 64
 * photos, and as many views as it is told, however many photos there are.
 *
 * @param network With f32 weights.
 * @param photos At least 2, such as `() => "photos/a.jpg"`. Each is asked for when its
 * turn comes, some more than once.
 * @throws {ArgumentError} When there are too few photos, the variant hasn't fewer pixels
 * than `"full"`, or a number is outside its range.
 * @throws {AbortedError} When the signal fires.
 */
export async function adapt(
  network: Network,
  photos: readonly PhotoSource[],
  options: AdaptOptions,
): Promise<Adapted> {
  assertNetwork("adapt", network);
  assertArgument(
    Array.isArray(photos) && photos.every((it) => typeof it === "function"),
    "adapt as photos must be an array of functions, each of which gives a photo",
    photos,
  );
  assertOptions("adapt", options, ADAPT_OPTIONS);
  const settings = adaptSettings(network, photos.length, options);
  const { full, low, batchNorm, signal } = settings;
  const sizes = { full: full.input[0], low: low.input[0] };
  const look = async (photos: readonly PhotoSource[]) => {
    const pairs: ViewPair[] = [];
    for (const photo of photos) {
      await yieldToEventLoop(signal);
      const pixels = await decodeImage(await photo(), { signal });
      pairs.push(wholePair(pixels, sizes, network.preprocessing));
    }
    return pairs;
  };
  const { learnt, heldOut } = split(photos);

  const tf = await loadTfjsWasm(undefined, settings.tfjs);
  const runner = { tf, backend: BACKEND, signal };
  const kept = await look(heldOut);
  const expected: Float32Array[] = [];
  for (const some of batchesOf(kept, CONCURRENCY)) {
    const whole = some.map((it) => it.full.data);
    expected.push(...await runLayers(runner, full, network, whole));
  }
  const measure = async (network: Network) => {
    const few = kept.map((it) => it.low.data);
    const found = await runLayers(runner, low, network, few);
    return mean(found.map((it, i) => cosine(it, expected[i]!)));
  };

  const before = await measure(network);
  const best = await learnStem(tf, BACKEND, network, learnt, {
    ...settings,
    measure: (layers) => measure(withLayers(network, layers)),
    before,
  });
  const fitted = withLayers(network, best.layers);
  const moved = batchNorm === 0 ? null : await moveDistributions(
    runner,
    settings,
    { own: network, fitted, layers: new Set(best.layers.keys()) },
    await look(pickEvenly(learnt, MOST_MOVED_BY)),
    batchNorm,
  );
  const cosineMoved = moved && await measure(moved);
  return {
    network: withVariant(
      moved && cosineMoved! > best.cosine ? moved : fitted,
      options.variant,
    ),
    heldOut: kept.length,
    cosine: { before, fitted: best.cosine, batchNorm: cosineMoved },
    bestStep: best.step,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b) / values.length;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squares = 0;
  let otherSquares = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squares += a[i]! ** 2;
    otherSquares += b[i]! ** 2;
  }
  // Features that are all zero are true to nothing.
  return product / (Math.sqrt(squares * otherSquares) || 1);
}

/** A network with other weights in some layers; itself where there are none. */
function withLayers(network: Network, layers: Layers): Network {
  if (layers.size === 0) return network;
  return {
    ...network,
    weights: (name) => layers.get(name) ?? network.weights(name),
  };
}

/** The photos to learn from, and those to measure with. */
function split(photos: readonly PhotoSource[]) {
  // Counted from the end, so that two photos are enough.
  const fifths = photos.filter((_, i) =>
    (photos.length - 1 - i) % HOLD_OUT_EVERY === 0
  );
  const heldOut = pickEvenly(fifths, MOST_HELD_OUT);
  const isHeldOut = new Set(heldOut);
  return { heldOut, learnt: photos.filter((it) => !isHeldOut.has(it)) };
}

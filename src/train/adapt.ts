/**
 * Adapts a network to photos of few pixels, by what it says of the same photos at
 * its full resolution: section 8 of the paper (arXiv 1512.00567), without training
 * it anew.
 *
 * @module
 */
import { createWeightTensors } from "../backends/tfjs/execute.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import type { Network } from "../model/mod.ts";
import { type AdaptOptions, adaptSettings } from "./adapt_options.ts";
import {
  disposeWeights,
  type ExpectedFeatures,
  expectFeatures,
  featureCosine,
  type Layers,
  layerTensors,
} from "./feature_truth.ts";
import { giveWay } from "./give_way.ts";
import { learnStem, type PhotoSource } from "./learn_stem.ts";
import { moveDistributions } from "./move_distributions.ts";
import { pickEvenly } from "./pick_evenly.ts";
import { wholePair } from "./view_pair.ts";

/** What became of a network. */
export interface Adapted {
  /**
   * The network for the resolution that was asked for, and no other. If nothing made
   * its features truer, it is the one that was given.
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
 * It runs on one thread, in some 1.4 GB, 1.6 with steps, and looks at no more than 64 photos, and as
 * many views as it is told, however many photos there are.
 *
 * @param network With f32 weights.
 * @param photos At least 2.
 * @throws {RangeError} When there are too few photos, the variant hasn't fewer pixels
 * than `"full"`, or a number is outside its range.
 * @throws {AbortedError} When the signal fires.
 */
export async function adapt(
  network: Network,
  photos: readonly PhotoSource[],
  options: AdaptOptions,
): Promise<Adapted> {
  const settings = adaptSettings(network, photos.length, options);
  const { full, low, batchNorm, signal } = settings;
  const { preprocessing } = network;
  const sizes = { full: full.input[0], low: low.input[0] };
  const whole = async (photo: PhotoSource) => {
    await giveWay(signal);
    return wholePair(await photo(), sizes, preprocessing);
  };
  const { learnt, heldOut } = split(photos);

  const tf = await loadTfjsWasm();
  const on = <T>(action: () => T): T => onBackend(tf, BACKEND, action);
  const weights = on(() => createWeightTensors(tf, network, full));
  const both = { full, low, weights, preprocessing };
  try {
    const kept: ExpectedFeatures[] = [];
    for (const photo of heldOut) {
      const view = await whole(photo);
      kept.push(on(() => expectFeatures(tf, both, view)));
    }
    const measure = async (layers: Layers) => {
      const changed = on(() => layerTensors(tf, layers, weights));
      try {
        let sum = 0;
        for (const view of kept) {
          await giveWay(signal);
          sum += on(() => featureCosine(tf, both, changed, view));
        }
        return sum / kept.length;
      } finally {
        disposeWeights(changed);
      }
    };

    const before = await measure(new Map());
    const best = await learnStem(tf, BACKEND, both, learnt, {
      ...settings,
      measure,
      before,
    });
    let { layers } = best;
    let moved: number | null = null;
    if (batchNorm > 0) {
      const others = await moveDistributions(
        tf,
        BACKEND,
        both,
        network,
        layers,
        learnt.map((photo) => () => whole(photo)),
        batchNorm,
      );
      const all = new Map([...layers, ...others]);
      moved = await measure(all);
      if (moved > best.cosine) layers = all;
    }
    return {
      network: withLayers(network, layers),
      heldOut: kept.length,
      cosine: { before, fitted: best.cosine, batchNorm: moved },
      bestStep: best.step,
    };
  } finally {
    disposeWeights(weights);
  }
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

import { onBackend } from "../backends/tfjs/tfjs_session.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import { decodeImage, type ImageSource } from "../image/mod.ts";
import type { Network } from "../model/mod.ts";
import type { adaptSettings } from "./adapt_options.ts";
import { fitStem, type Layers } from "./fit_stem.ts";
import { yieldToEventLoop } from "../async/yield.ts";
import { type Random, randomNumbers, shuffle } from "./random.ts";
import { randomPair } from "./view_pair.ts";

/** Gives a photo, which is decoded each time that it is asked for. */
export type PhotoSource = () => ImageSource | Promise<ImageSource>;

/** A stem that has learnt. */
export interface LearntStem {
  /** The step after which it is taken; 0 if no step was of use. */
  readonly step: number;
  /** How true features are with it. */
  readonly cosine: number;
  /** Its weights, where they aren't the network's own. */
  readonly layers: Layers;
}

/** Between looks at the photos held out. */
const STEPS_BETWEEN = 40;
/** Fitting stops after this many looks that didn't find truer features. */
const PATIENCE = 3;

/**
 * Fits a stem to views of photos. What it gives is the average of its weights, as it
 * was when features were the truest.
 *
 * @param backend The name of the tfjs backend, which has been initialised.
 */
export async function learnStem(
  tf: Tfjs,
  backend: string,
  network: Network,
  photos: readonly PhotoSource[],
  { steps, views, batchSize, learningRate, seed, signal, measure, ...options }:
    & ReturnType<typeof adaptSettings>
    & {
      /** Says how true features are with other layers; `before` with none. */
      readonly measure: (layers: Layers) => Promise<number>;
      readonly before: number;
    },
): Promise<LearntStem> {
  let best: LearntStem = {
    step: 0,
    cosine: options.before,
    layers: new Map(),
  };
  if (steps === 0) return best;
  const random = randomNumbers(seed);
  const on = <T>(action: () => T): T => onBackend(tf, backend, action);
  // Not `using`, which Node 20 and Safari don't know.
  const stem = on(() => fitStem(tf, network, options));
  try {
    const sizes = { full: options.full.input[0], low: options.low.input[0] };
    const photoOf = endless(photos.length, random);
    for (let view = 1; view <= views; view++) {
      await yieldToEventLoop(signal);
      const source = await photos[photoOf.next().value]!();
      const photo = await decodeImage(source, { signal });
      const pair = randomPair(photo, sizes, network.preprocessing, random);
      on(() => stem.addView(pair));
      options.onView?.(view, views);
    }
    const viewOf = endless(views, random);
    let looks = 0;
    for (let step = 1; step <= steps && looks < PATIENCE; step++) {
      await yieldToEventLoop(signal);
      const batch = Array.from(
        { length: batchSize },
        () => viewOf.next().value,
      );
      const rate = learningRate * (1 - (step - 1) / steps);
      const loss = on(() => stem.step(batch, rate));
      let cosine: number | null = null;
      if (step % STEPS_BETWEEN === 0 || step === steps) {
        const layers = on(() => stem.layers());
        cosine = await measure(layers);
        looks++;
        if (cosine > best.cosine) {
          best = { step, cosine, layers };
          looks = 0;
        }
      }
      options.onStep?.({ step, steps, loss, cosine });
    }
    return best;
  } finally {
    stem[Symbol.dispose]();
  }
}

/** The indices of `count` items, endlessly: each once, then again in another order. */
function* endless(count: number, random: Random): Generator<number, never> {
  const order = Array.from({ length: count }, (_, i) => i);
  for (;;) yield* shuffle(order, random);
}

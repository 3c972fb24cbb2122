/**
 * Who said what of a network that an importer gives.
 *
 * @module
 */
import type { Network, Origins, Preprocessing } from "../model/mod.ts";

/**
 * The origins of an imported network: nobody's file says how photos become its input.
 *
 * @param asked The preprocessing that the importer is asked for.
 * @param others What else the file doesn't say.
 */
export function originsOf(
  asked: Preprocessing | undefined,
  others: Origins = {},
): Origins {
  const from = asked === undefined ? "assumed" : "option";
  return { pixels: from, crop: from, resize: from, ...others };
}

/** A network of which the list of known models says what its file doesn't. */
export function asKnown<N extends Network>(
  network: N,
  asked?: Preprocessing,
): N {
  return {
    ...network,
    variant: "full",
    origins: asked === undefined ? {} : originsOf(asked),
  };
}

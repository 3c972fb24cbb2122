import type { Network, Origins, Preprocessing } from "../model/mod.ts";

/**
 * The origins of an imported network's metadata. Foreign files don't say how photos
 * become the input.
 *
 * @param asked The preprocessing in the importer's options.
 * @param others What else the file doesn't say.
 */
export function importOrigins(
  asked: Preprocessing | undefined,
  others: Origins = {},
): Origins {
  const from = asked === undefined ? "assumed" : "option";
  return { pixels: from, crop: from, resize: from, ...others };
}

/** A network whose file lacks metadata that the list of known models has. */
export function asKnown<N extends Network>(
  network: N,
  asked?: Preprocessing,
): N {
  return {
    ...network,
    variant: "full",
    origins: asked === undefined ? {} : importOrigins(asked),
  };
}

import type { Network, Origin, Origins, Preprocessing } from "../model/mod.ts";

/**
 * Merges a network's preprocessing, and returns the origins of its parts. Each part comes
 * from the options, else from the model, else from the defaults. Scale and offset go
 * together.
 *
 * @param asked The preprocessing in the options.
 * @param own The preprocessing in the model's file or a file beside it.
 */
export function mergePreprocessing(
  asked: Partial<Preprocessing> = {},
  own: Partial<Preprocessing> = {},
  assumed: Preprocessing,
): { readonly preprocessing: Preprocessing; readonly origins: Origins } {
  const origin = (name: keyof Preprocessing): Origin =>
    asked[name] !== undefined
      ? "option"
      : own[name] !== undefined
      ? "model"
      : "assumed";
  return {
    preprocessing: { ...assumed, ...given(own), ...given(asked) },
    origins: {
      pixels: origin("scale"),
      crop: origin("crop"),
      resize: origin("resize"),
    },
  };
}

/** Adds the metadata of a known model that its file may lack. */
export function asKnown<N extends Network>(
  network: N,
  asked?: Partial<Preprocessing>,
): N {
  const { pooling, activation } = network.origins ?? {};
  const origins = {
    ...mergePreprocessing(asked, network.preprocessing, network.preprocessing)
      .origins,
    ...pooling === "option" && { pooling },
    ...activation === "option" && { activation },
  };
  return { ...network, variant: "full", origins };
}

/** Removes fields that are `undefined`. */
function given<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, it]) => it !== undefined);
  return Object.fromEntries(entries) as T;
}

import type { OptionNames } from "../argument.ts";
import type { NetworkFacts } from "./keras_network.ts";

/** How the bytes of a model's weights come. */
export interface ImportOptions extends NetworkFacts {
  /** Called as bytes come: how many of the total are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All of {@linkcode NetworkFacts}. */
export const NETWORK_FACTS: OptionNames<NetworkFacts> = {
  labels: true,
  preprocessing: true,
};

/** All of {@linkcode ImportOptions}. */
export const IMPORT_OPTIONS: OptionNames<ImportOptions> = {
  ...NETWORK_FACTS,
  onProgress: true,
};

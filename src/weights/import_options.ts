import type { OptionNames } from "../argument.ts";
import type { NetworkMetadata } from "./keras_network.ts";

/** How the bytes of a model's weights come. */
export interface ImportOptions extends NetworkMetadata {
  /** Called as bytes come: how many of the total are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All of {@linkcode NetworkMetadata}. */
export const NETWORK_FACTS: OptionNames<NetworkMetadata> = {
  labels: true,
  preprocessing: true,
};

/** All of {@linkcode ImportOptions}. */
export const IMPORT_OPTIONS: OptionNames<ImportOptions> = {
  ...NETWORK_FACTS,
  onProgress: true,
};

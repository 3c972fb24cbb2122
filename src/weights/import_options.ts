import type { OptionNames } from "../argument.ts";
import type { Preprocessing } from "../model/network.ts";

/** What a model's file may not say. */
export interface NetworkMetadata {
  /**
   * The classes' names, in place of the model's own; those unless given. A model without
   * any has `class 0`, `class 1`, ...
   */
  readonly labels?: readonly string[] | undefined;
  /**
   * How photos enter the network, in place of what the model says; that unless given. If
   * it says nothing, the rule of the library that its weights come from, such as Keras's:
   * `{ crop: { kind: "center", fraction: 1 }, resize: "antialiased" }` and bytes of 0..255
   * as -1..1. Scale and offset of an int8 model can't be changed.
   */
  readonly preprocessing?: Preprocessing | undefined;
}

/** How a model is imported. */
export interface ImportOptions extends NetworkMetadata {
  /** Called as bytes arrive: how many of the total are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All of {@linkcode NetworkMetadata}. */
export const NETWORK_METADATA: OptionNames<NetworkMetadata> = {
  labels: true,
  preprocessing: true,
};

/** All of {@linkcode ImportOptions}. */
export const IMPORT_OPTIONS: OptionNames<ImportOptions> = {
  ...NETWORK_METADATA,
  onProgress: true,
};

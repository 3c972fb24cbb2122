import type { NetworkFacts } from "./keras_network.ts";

/** How the bytes of a model's weights come. */
export interface ImportOptions extends NetworkFacts {
  /** Called as bytes come: how many of the total are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

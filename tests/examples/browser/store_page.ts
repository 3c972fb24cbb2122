/// <reference lib="dom" />
/**
 * The script in the page of `store_test.ts`: it loads a model through its store.
 *
 * @module
 */
import { cacheApiStore, load } from "../../../mod.ts";

/** The page's function for tests. */
export interface StorePage {
  /** Loads the model at a URL; returns its labels and the store's warnings. */
  loadKept(address: string): Promise<{
    readonly labels: readonly string[];
    readonly warnings: readonly string[];
  }>;
}

const page: StorePage = {
  async loadKept(address) {
    const warnings: string[] = [];
    const store = cacheApiStore({ onWarning: (it) => warnings.push(it) });
    const classifier = await load(address, { store, variant: 75 });
    const { labels } = classifier;
    classifier.dispose();
    return { labels, warnings };
  },
};
Object.assign(globalThis, page);

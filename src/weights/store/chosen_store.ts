import type { LoadNetworkOptions } from "../load_options.ts";
import type { Store } from "./store.ts";

/** The given store, unless it is `false` or hashing isn't available. */
export function usableStore(
  store: LoadNetworkOptions["store"],
): Store | undefined {
  // Pages without TLS have no Web Crypto.
  return store && globalThis.crypto?.subtle ? store : undefined;
}

/** The store of known models. The default's code is loaded only when it is needed. */
export async function chosenStore(
  store: LoadNetworkOptions["store"],
): Promise<Store | undefined> {
  if (store !== undefined) return usableStore(store);
  const { defaultStore } = await import("./mod.ts");
  return await defaultStore();
}

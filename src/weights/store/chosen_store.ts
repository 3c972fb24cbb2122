import type { LoadNetworkOptions } from "../load_options.ts";
import type { Store } from "./store.ts";

/** A store, unless it is told not to keep anything or can't hash what it keeps. */
export function usableStore(
  store: LoadNetworkOptions["store"],
): Store | undefined {
  // Pages that came without TLS have no Web Crypto.
  return store && globalThis.crypto?.subtle ? store : undefined;
}

/** The store of known models; its code is loaded only when none is given. */
export async function chosenStore(
  store: LoadNetworkOptions["store"],
): Promise<Store | undefined> {
  if (store !== undefined) return usableStore(store);
  const { defaultStore } = await import("./mod.ts");
  return await defaultStore();
}

/// <reference lib="dom" />
/** The engine starts threads from blobs, which a policy of Trusted Types must know. */
export function allowThreads(): void {
  const { trustedTypes } = globalThis as unknown as {
    trustedTypes?: {
      createPolicy(name: string, rules: Record<string, unknown>): unknown;
    };
  };
  try {
    trustedTypes?.createPolicy("default", {
      createScriptURL: (url: string) => url.startsWith("blob:") ? url : null,
    });
  } catch {
    // The host's policy doesn't list it: there is one thread then.
  }
}

import type { Network } from "../../src/model/mod.ts";

/** The same network without batch norm's statistics. */
export function withoutBatchNorm(network: Network): Network {
  return {
    ...network,
    weights(name) {
      const { kernel, bias } = network.weights(name);
      return { kernel, bias };
    },
  };
}

import {
  ArgumentError,
  BackendUnavailableError,
  DisposedError,
} from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { Network } from "../model/network.ts";
import {
  isQuantized,
  type QuantizedNetwork,
} from "../model/quantized_network.ts";

/** @throws {BackendUnavailableError} When the network's weights are f32. */
export function assertQuantized(
  network: Network,
): asserts network is QuantizedNetwork {
  if (isQuantized(network)) return;
  throw new BackendUnavailableError(
    "Cannot run f32 weights in int8: totem convert makes a file of int8",
  );
}

/** @throws {DisposedError} When the session, and so the classifier, is disposed. */
export function assertAlive(disposed: boolean): void {
  if (!disposed) return;
  throw new DisposedError("Cannot run a model after its disposal");
}

/** @throws {ArgumentError} When `pixels` isn't RGBA of the graph's input size. */
export function assertPixels(
  { input }: Graph,
  pixels: ArrayLike<number>,
): void {
  const [height, width] = input;
  if (pixels.length === height * width * 4) return;
  throw new ArgumentError(
    `Cannot run on pixels as they must be ${width} x ${height} x 4 bytes: there are ${pixels.length}`,
  );
}

export function refuseLayer(name: string): never {
  throw new ArgumentError(
    `Cannot give weights of "${name}": no such dense layer`,
  );
}

export function refuseOutput(
  output: string,
  offered: Iterable<string>,
): never {
  const choices = [...offered].join(", ");
  throw new ArgumentError(
    `Cannot run for the output "${output}". Should be one of: ${choices}`,
  );
}

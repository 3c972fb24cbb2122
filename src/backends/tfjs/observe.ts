import type { Graph, Node } from "../../model/graph.ts";
import type { Network } from "../../model/network.ts";
import type { QuantizedNetwork } from "../../model/quantized_network.ts";
import { largestCodes } from "../int8/largest_code.ts";
import type { Session } from "../backend.ts";
import type { BackendRequest } from "../backend_request.ts";
import type { TfjsPackages } from "./packages.ts";
import { loadTfjs, openSession } from "./session.ts";
import type { Tensor, Tfjs } from "./types.ts";

/**
 * Called with each node as it is computed. `read` returns the channels of every
 * `every`th pixel of its activation, row by row; it works only during the call.
 */
export type Observer = (
  node: Node,
  read: (every: number) => Float32Array,
) => void;

/** The source of tfjs. */
export interface TfjsRequest extends Pick<BackendRequest, "tfjsWasmFolder"> {
  /**
   * Imports tfjs, which the photos run on; looked up unless given. A bundle needs the
   * `tfjs` of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
}

/** Opens a network on WASM that calls `observe` with each activation as it runs. */
export async function openObserved(
  network: Network,
  graph: Graph,
  observe: Observer,
  { tfjsWasmFolder, tfjs }: TfjsRequest = {},
): Promise<Session> {
  const tf = await loadTfjs("wasm", tfjs, tfjsWasmFolder);
  return openSession(tf, "wasm", network, graph, (node, activation) => {
    observe(node, (every) => valuesOf(tf, activation, every));
    return activation;
  });
}

/**
 * Opens a quantized network whose activations are rounded to codes of `bits` bits, as the
 * int8 engine does: answers differ from the engine's only by the rounding of f32 sums.
 */
export async function openSimulation(
  network: QuantizedNetwork,
  graph: Graph,
  bits: 7 | 8,
  observe: Observer = () => {},
  { tfjsWasmFolder, tfjs }: TfjsRequest = {},
): Promise<Session> {
  const tf = await loadTfjs("wasm", tfjs, tfjsWasmFolder);
  const largest = largestCodes(graph, bits);
  return openSession(tf, "wasm", network, graph, (node, activation) => {
    if (node.op === "conv" || node.op === "avgPool") {
      const levels = largest(node.name);
      const step = network.absMax(node.name) / levels;
      activation = chain(activation, [
        (it) => tf.div(it, step),
        (it) => tf.round(it),
        (it) => tf.clipByValue(it, 0, levels),
        (it) => tf.mul(it, step),
      ]);
    }
    observe(node, (every) => valuesOf(tf, activation, every));
    return activation;
  });
}

/** Applies `ops` one after the other and disposes each one's input. */
function chain(
  activation: Tensor,
  ops: readonly ((it: Tensor) => Tensor)[],
): Tensor {
  return ops.reduce((input, op) => {
    const result = op(input);
    input.dispose();
    return result;
  }, activation);
}

/** Reading a part of a large activation takes much less time than all of it. */
function valuesOf(tf: Tfjs, activation: Tensor, every: number): Float32Array {
  if (every === 1) return activation.dataSync() as Float32Array;
  const channels = activation.shape.at(-1)!;
  const pixels = activation.size / channels;
  const rows = tf.reshape(activation, [pixels, channels]);
  const part = tf.stridedSlice(rows, [0, 0], [pixels, channels], [every, 1]);
  return part.dataSync() as Float32Array;
}

/**
 * Networks on tfjs's WASM backend with an eye on their activations: to calibrate
 * a quantized network, and to tell what it loses.
 *
 * @module
 */
import type { Tensor } from "./types.ts";
import type { Graph, Node } from "../../model/graph.ts";
import type { Network } from "../../model/network.ts";
import type { QuantizedNetwork } from "../../model/quantized_network.ts";
import type { Session } from "../backend.ts";
import type { Tfjs } from "./execute.ts";
import type { TfjsPackages } from "./packages.ts";
import { openSession } from "./tfjs_session.ts";
import { loadTfjsWasm } from "./wasm.ts";

/**
 * Sees a node as it is computed. `read` gives the channels of each `every`th pixel
 * of its activation, row by row, while the call lasts.
 */
export type Observer = (
  node: Node,
  read: (every: number) => Float32Array,
) => void;

/** Where tfjs comes from. */
export interface TfjsRequest {
  /**
   * The folder of `@tensorflow/tfjs-backend-wasm`'s `.wasm` files, where it can't be
   * found: in a page without an import map. An address, which a page may write
   * relative to its own, or a path where there are files.
   */
  readonly tfjsWasmFolder?: string | URL | undefined;
  /**
   * Where tfjs comes from, on which it runs: from where this runtime finds it unless
   * given. A bundle needs the `tfjs` of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
}

/** Opens a network whose activations are shown to `observe` as it runs. */
export async function openObserved(
  network: Network,
  graph: Graph,
  observe: Observer,
  { tfjsWasmFolder, tfjs }: TfjsRequest = {},
): Promise<Session> {
  const tf = await loadTfjsWasm(tfjsWasmFolder, tfjs);
  return openSession(tf, "wasm", network, graph, (node, activation) => {
    observe(node, (every) => valuesOf(tf, activation, every));
    return activation;
  });
}

/**
 * Opens a quantized network whose activations become codes of `bits` bits as the
 * int8 engine has them, so that its answers are what the engine's will be, but
 * for the rounding of f32 sums.
 *
 * @param bits 8 or 7; see `model/quantized_network.ts`.
 */
export async function openSimulation(
  network: QuantizedNetwork,
  graph: Graph,
  bits: 7 | 8,
  observe: Observer = () => {},
  { tfjsWasmFolder, tfjs }: TfjsRequest = {},
): Promise<Session> {
  const tf = await loadTfjsWasm(tfjsWasmFolder, tfjs);
  const levels = 2 ** bits - 1;
  return openSession(tf, "wasm", network, graph, (node, activation) => {
    if (node.op === "conv" || node.op === "avgPool") {
      const step = network.range(node.name) / levels;
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

/** Applies `ops` one after the other, each result taking its input's place. */
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

/** A part of a large activation is read for much less than all of it. */
function valuesOf(tf: Tfjs, activation: Tensor, every: number): Float32Array {
  if (every === 1) return activation.dataSync() as Float32Array;
  const channels = activation.shape.at(-1)!;
  const pixels = activation.size / channels;
  const rows = tf.reshape(activation, [pixels, channels]);
  const part = tf.stridedSlice(rows, [0, 0], [pixels, channels], [every, 1]);
  return part.dataSync() as Float32Array;
}

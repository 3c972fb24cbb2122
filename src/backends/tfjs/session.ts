import type { Graph } from "../../model/graph.ts";
import type { Network, Preprocessing } from "../../model/network.ts";
import type { Session } from "../backend.ts";
import {
  assertAlive,
  assertPixels,
  refuseLayer,
  refuseOutput,
} from "../session_checks.ts";
import {
  type ActivationHook,
  createWeightTensors,
  execute,
} from "./execute.ts";
import type { Tensor, Tfjs } from "./types.ts";

export { loadTfjs } from "./load_tfjs.ts";

/**
 * Opens a network on the tfjs backend `name`, which has been initialised.
 *
 * tfjs has one active backend for the whole process. A session makes its own active only
 * while it enqueues ops, synchronously: so networks on several backends, and other users
 * of tfjs, don't disturb each other.
 */
export function openSession(
  tf: Tfjs,
  name: string,
  network: Network,
  graph: Graph,
  then?: ActivationHook,
): Session {
  const create = () => createWeightTensors(tf, network, graph);
  const weights = onBackend(tf, name, create);
  const [height, width] = graph.input;
  let disposed = false;
  return {
    concurrency: 1,
    activationBits: null,
    async run(pixels, output) {
      assertAlive(disposed);
      const node = graph.outputs[output] ??
        refuseOutput(output, Object.keys(graph.outputs));
      assertPixels(graph, pixels);
      const result = onBackend(tf, name, (): Tensor =>
        tf.tidy(() => {
          const values = normalizePixels(pixels, network.preprocessing);
          const image = tf.tensor4d(values, [1, height, width, 3]);
          return execute(tf, graph, weights, image, node, then);
        }));
      try {
        return await result.data() as Float32Array;
      } finally {
        result.dispose();
      }
    },
    async denseWeights(name) {
      assertAlive(disposed);
      const layer = weights.get(name);
      if (layer?.kernel.rank !== 2) return refuseLayer(name);
      const [kernel, bias] = await Promise.all(
        [layer.kernel, layer.bias].map((it) => it.data()),
      );
      return {
        kernel: Float32Array.from(kernel!),
        bias: Float32Array.from(bias!),
      };
    },
    [Symbol.dispose]() {
      if (disposed) return;
      disposed = true;
      for (const { kernel, bias } of weights.values()) {
        kernel.dispose();
        bias.dispose();
      }
    },
  };
}

/** Runs `action` with the tfjs backend `name` active. */
export function onBackend<T>(tf: Tfjs, name: string, action: () => T): T {
  const previous = tf.getBackend();
  // It takes effect at once, as the backend has been initialised.
  void tf.setBackend(name);
  try {
    return action();
  } finally {
    if (previous && previous !== name) void tf.setBackend(previous);
  }
}

/** Converts RGBA bytes to the network's input values, `[height, width, 3]`. */
export function normalizePixels(
  pixels: Uint8Array | Uint8ClampedArray,
  { scale, offset }: Preprocessing,
): Float32Array {
  const values = new Float32Array(pixels.length / 4 * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
    values[to] = pixels[from]! * scale[0] + offset[0];
    values[to + 1] = pixels[from + 1]! * scale[1] + offset[1];
    values[to + 2] = pixels[from + 2]! * scale[2] + offset[2];
  }
  return values;
}

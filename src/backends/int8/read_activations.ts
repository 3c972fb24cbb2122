import { channelAbsMax } from "../../model/abs_max.ts";
import type { Graph, QuantizedNetwork } from "../../model/mod.ts";
import type { Slice } from "./plan_activations.ts";

/**
 * The largest value of each channel of a graph's `activations`, if it has that output.
 */
export function activationsAbsMax(
  graph: Graph,
  network: Pick<QuantizedNetwork, "absMax">,
): Float32Array {
  const { activations } = graph.outputs;
  return activations === undefined
    ? new Float32Array()
    : channelAbsMax(graph, (name) => network.absMax(name)).get(activations)!;
}

/**
 * The f32 values of a slice of the arena, `[height, width, channels]`.
 *
 * @param absMax The value of the largest code, for each channel.
 * @param format The bits of codes, and whether a code is its byte + 128.
 */
export function readActivations(
  arena: Uint8Array,
  { buffer, channel, channels }: Slice,
  absMax: Float32Array,
  { bits, signed }: { readonly bits: 7 | 8; readonly signed: boolean },
): Float32Array {
  const { shape: [height, width], pixelBytes, rowBytes, offset } = buffer;
  const steps = absMax.map((it) => it / (2 ** bits - 1));
  const signBit = signed ? 0x80 : 0;
  const values = new Float32Array(height * width * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = offset + y * rowBytes + x * pixelBytes + channel;
      for (let i = 0; i < channels; i++) {
        values[to++] = (arena[from + i]! ^ signBit) * steps[i]!;
      }
    }
  }
  return values;
}

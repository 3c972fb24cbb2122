import type { Tensor4D, Tfjs } from "../../backends/tfjs/types.ts";
import { withGradient } from "./with_gradient.ts";

/** Activations beside each other, along their channels. */
export function concatenate(tf: Tfjs, inputs: readonly Tensor4D[]): Tensor4D {
  const channels = inputs.map((it) => it.shape[3]);
  return withGradient(tf, inputs, () => ({
    value: tf.concat([...inputs], 3),
    saved: [],
    gradient: (dy) => tf.split(dy, channels, 3),
  }));
}

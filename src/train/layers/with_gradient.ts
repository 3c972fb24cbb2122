import type { Tensor, Tfjs } from "../../backends/tfjs/types.ts";

/** A layer's output and gradient. */
export interface Forward<
  Value extends Tensor,
  Saved extends readonly Tensor[],
> {
  readonly value: Value;
  /** Tensors needed by the gradient. All others are disposed before. */
  readonly saved: Saved;
  /** Computes the gradients of the inputs from that of the output. */
  gradient(dy: Value, saved: Saved): readonly Tensor[];
}

/**
 * A layer with a custom gradient, using ops that every backend supports. Deno and Node
 * can't import tfjs's gradients by name, and its WASM backend has none for a convolution
 * kernel.
 */
export function withGradient<
  Value extends Tensor,
  const Saved extends readonly Tensor[],
>(
  tf: Tfjs,
  inputs: readonly Tensor[],
  forward: () => Forward<Value, Saved>,
): Value {
  const layer = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: readonly Tensor[]) => void;
    const { value, saved, gradient } = forward();
    save(saved);
    return {
      value,
      gradFunc: (dy, saved) => [
        ...gradient(dy as Value, saved as unknown as Saved),
      ],
    };
  });
  return layer(...inputs) as Value;
}

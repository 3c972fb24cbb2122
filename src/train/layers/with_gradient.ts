import type { Tensor, Tfjs } from "../../backends/tfjs/types.ts";

/** What a layer gives, and how its gradient goes back through it. */
export interface Forward<
  Value extends Tensor,
  Saved extends readonly Tensor[],
> {
  /** Its result. */
  readonly value: Value;
  /** What the gradient needs of the way forward; all else is gone by then. */
  readonly saved: Saved;
  /** From the gradient of the result to those of the inputs, in their order. */
  gradient(dy: Value, saved: Saved): readonly Tensor[];
}

/**
 * A layer that brings its own gradient.
 *
 * tfjs keeps its gradients in modules that Deno and Node can't import by name, and
 * its WASM backend has none of a convolution's filter. So each layer says here how
 * it is differentiated, in ops that every backend has, and tfjs's tape does the
 * rest.
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

/**
 * The numbers that training changes: tensors by name, on the active backend.
 *
 * @module
 */
import type { Scalar, Tensor, Tfjs } from "../backends/tfjs/types.ts";

/** Tensors by name, in an order that stays. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** Applies `change` to each; what it makes besides its result is gone. */
export function mapTensors(
  tf: Tfjs,
  tensors: Tensors,
  change: (tensor: Tensor, name: string) => Tensor,
): Tensors {
  return new Map(
    [...tensors].map(([name, it]) => [name, tf.tidy(() => change(it, name))]),
  );
}

/** Frees the memory of all. */
export function disposeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) tensor.dispose();
}

/**
 * A loss and its gradient with each parameter, all of which the caller disposes.
 *
 * @param loss Made of layers that bring their gradients.
 */
export function lossAndGradients(
  tf: Tfjs,
  parameters: Tensors,
  loss: (parameters: Tensors) => Scalar,
): { readonly loss: Scalar; readonly gradients: Tensors } {
  const names = [...parameters.keys()];
  const { value, grads } = tf.valueAndGrads((...tensors) =>
    loss(new Map(names.map((name, i) => [name, tensors[i]!])))
  )([...parameters.values()]);
  return {
    loss: value as Scalar,
    gradients: new Map(names.map((name, i) => [name, grads[i]!])),
  };
}

/** Compares gradients with finite differences. */
import assert from "node:assert/strict";
import type { Scalar, Tensor, Tfjs } from "../../src/backends/tfjs/types.ts";
import {
  disposeAll,
  lossAndGradients,
  type Tensors,
} from "../../src/train/parameters.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

/** The relative rounding error of f32 in the sum of a loss. */
const ROUNDING = 1e-6;

/**
 * Checks the gradient of each parameter: along a direction of only that parameter,
 * halfway between the gradient and a random direction, the loss must change as the
 * gradient predicts.
 *
 * @param part The step size, relative to the parameter's norm.
 * @param tolerance Relative to the expected change, in addition to f32's rounding
 * error.
 * @param size The approximate magnitude of the terms that are summed to the loss.
 */
export async function checkGradients(
  tf: Tfjs,
  parameters: Tensors,
  loss: (parameters: Tensors) => Scalar,
  { part = 1e-3, tolerance = 0.01, size = 1 } = {},
): Promise<void> {
  const found = lossAndGradients(tf, parameters, loss);
  const random = randomNumbers(99);
  for (const [name, gradient] of found.gradients) {
    const value = parameters.get(name)!;
    assert.deepEqual(gradient.shape, value.shape, name);
    const noise = unit(filled(Float64Array, value.size, () => random() - 0.5));
    const along = Float64Array.from(await gradient.data());
    const steepest = unit(along);
    const mixed = unit(steepest.map((it, i) => it + noise[i]!));
    const direction = tf.tensor(Float32Array.from(mixed), value.shape);
    const expected = along.reduce((sum, it, i) => sum + it * mixed[i]!, 0);
    const length = Math.hypot(...await value.data()) || 1;
    const step = part * length;
    const moved = async (by: number) => {
      const there = mapTensors(
        tf,
        new Map([[name, value]]),
        (it) => tf.add(it, tf.mul(direction, by)),
      );
      const result = tf.tidy(() => loss(new Map([...parameters, ...there])));
      disposeAll(there);
      const [sum] = await result.data();
      result.dispose();
      return sum!;
    };
    const difference = (await moved(step) - await moved(-step)) / (2 * step);
    assert.ok(expected > 0, `${name} has no gradient`);
    assert.ok(
      Math.abs(difference - expected) <=
        tolerance * expected + ROUNDING * size / step,
      `${name}: the gradient says ${expected}, the difference ${difference}`,
    );
    direction.dispose();
  }
  disposeAll(found.gradients);
  found.loss.dispose();
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector);
  return vector.map((it) => it / length);
}

/** Maps each tensor; disposes other tensors that `change` makes. */
export function mapTensors(
  tf: Tfjs,
  tensors: Tensors,
  change: (tensor: Tensor, name: string) => Tensor,
): Tensors {
  return new Map(
    [...tensors].map(([name, it]) => [name, tf.tidy(() => change(it, name))]),
  );
}

import type { Session } from "./backends/backend.ts";
import { NotFiniteError } from "./errors.ts";

/** Returns a model's output, or throws if any value is NaN or infinite. */
export function assertFiniteAnswer(
  what: string,
  values: Float32Array,
): Float32Array {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) < Infinity) continue;
    throw new NotFiniteError(
      `Cannot use the model's ${what} as they must be finite numbers: value ${i} is ${
        values[i]
      }. Its weights are damaged, or too large for f32`,
    );
  }
  return values;
}

/** Wraps a session to throw a {@linkcode NotFiniteError} if outputs aren't finite. */
export function finiteSession(session: Session): Session {
  return {
    concurrency: session.concurrency,
    activationBits: session.activationBits,
    run: async (pixels, output) =>
      assertFiniteAnswer(output, await session.run(pixels, output)),
    denseWeights: (name) => session.denseWeights(name),
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

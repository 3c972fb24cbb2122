import type { Session } from "./backends/backend.ts";
import { NotFiniteError } from "./errors.ts";

/** Returns the values that a model gave, or throws when one is NaN or infinite. */
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

/** The session with a {@linkcode NotFiniteError} for outputs that aren't numbers. */
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

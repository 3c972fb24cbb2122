/** Explores all behaviours of a multithreaded model, in every interleaving. */

/** A model of threads. */
export interface Model {
  /** The initial state: numbers in 0..255. */
  readonly initial: readonly number[];
  /**
   * The possible next states: one for each step that some thread can take.
   *
   * @throws {Error} If a state violates an invariant.
   */
  next(state: readonly number[]): number[][];
  /**
   * The next states if no thread can take a step: a thread that sleeps with a timeout
   * wakes up.
   */
  lastResort(state: readonly number[]): number[][];
  /** @throws {Error} If the model must not end in `state`. */
  end(state: readonly number[]): void;
}

/**
 * Visits every reachable state once.
 *
 * @returns The number of states, and of those in which the model ends.
 * @throws {Error} The first error that the model throws.
 */
export function explore(model: Model): { states: number; ends: number } {
  const key = (state: readonly number[]) => String.fromCharCode(...state);
  const seen = new Set([key(model.initial)]);
  const open: (readonly number[])[] = [model.initial];
  let ends = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    let following = model.next(state);
    if (following.length === 0) following = model.lastResort(state);
    if (following.length === 0) {
      model.end(state);
      ends++;
    }
    for (const next of following) {
      const known = seen.size;
      if (seen.add(key(next)).size > known) open.push(next);
    }
  }
  return { states: seen.size, ends };
}

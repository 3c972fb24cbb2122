/** Explores all that a model of several threads can do, in every order. */

/** What a model does next. */
export interface Model {
  /** Small numbers, 0..255, that are all of a state. */
  readonly initial: readonly number[];
  /**
   * The states that may follow, for each step that some thread can take.
   *
   * @throws {Error} When a state breaks what must hold.
   */
  next(state: readonly number[]): number[][];
  /**
   * What else may happen once no thread can take a step: one that sleeps for a
   * limited time wakes.
   */
  lastResort(state: readonly number[]): number[][];
  /** @throws {Error} When a model may not end in `state`. */
  end(state: readonly number[]): void;
}

/**
 * Visits every state that can be reached, each once.
 *
 * @returns How many there are, and in how many of them the model ends.
 * @throws {Error} The first one of a model.
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

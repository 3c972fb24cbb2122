import { abortable, throwIfAborted } from "../async/abort.ts";

/** The last work under each key. */
const underWay = new Map<string, Promise<unknown>>();

/**
 * Begins work when all earlier work under the same key has ended, so that it finds the
 * results.
 *
 * @throws {AbortedError} When the signal fires, also while others are waited for.
 */
export async function inTurn<T>(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const before = underWay.get(key);
  const mine = (async () => {
    await before?.catch(() => {}); // Its own caller has the error.
    throwIfAborted(signal);
    return await work();
  })();
  underWay.set(key, mine);
  const forget = () => {
    if (underWay.get(key) === mine) underWay.delete(key);
  };
  mine.then(forget, forget);
  try {
    return await abortable(mine, signal);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

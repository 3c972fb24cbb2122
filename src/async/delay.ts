import { AbortedError } from "../errors.ts";
import { throwIfAborted } from "./abort.ts";

/**
 * Resolves after `ms`.
 *
 * @throws {AbortedError} As soon as the signal fires.
 */
export async function delay(
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(new AbortedError(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

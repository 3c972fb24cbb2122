import { throwIfAborted } from "./abort.ts";
import { AbortedError } from "../errors.ts";
import { withTimeout } from "./timeout.ts";

interface MapOptions {
  /** The maximum number of items whose results haven't been yielded yet; at least 1. */
  readonly concurrency: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** The maximum time to wait for a source to close, in ms. */
const CLOSE_MS = 1000;

/**
 * Maps items with asynchronous work, and yields the results in item order. A result is
 * yielded as soon as it is its turn, even while the source is still producing the next
 * item.
 *
 * However the iteration ends (normally, by an error, a `break` or the signal), no work
 * continues afterwards, and the source is closed with its `return()`. A source that
 * doesn't close within a second is abandoned, as it may never produce its next item.
 *
 * @param work Called with a signal that fires when its result is no longer needed.
 * @throws Errors of the source or `work`, after the results of earlier items.
 * @throws {AbortedError} When the signal fires.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T, signal: AbortSignal, index: number) => R | Promise<R>,
  { concurrency, signal }: MapOptions,
): AsyncGenerator<R, void, void> {
  const source: Iterator<T> | AsyncIterator<T> = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  const controller = new AbortController();
  const running: Watched<R>[] = [];
  /** The pending read of the next item. */
  let reading: Watched<IteratorResult<T>> | undefined;
  /** The end of the source, once reached. */
  let end: { readonly error?: unknown } | undefined;
  let count = 0;
  let wake = () => {};
  const onChange = () => wake();
  const onAbort = () => {
    controller.abort(signal?.reason);
    wake();
  };
  signal?.addEventListener("abort", onAbort);
  try {
    while (true) {
      throwIfAborted(signal);
      if (reading?.outcome) {
        const { value, ...failure } = reading.outcome;
        reading = undefined;
        if (value === undefined || value.done) end = failure;
        else {
          const { value: item } = value;
          const index = count++;
          const run = async () => await work(item, controller.signal, index);
          running.push(watch(run, onChange));
        }
      }
      if (!reading && !end && running.length < concurrency) {
        reading = watch(async () => await source.next(), onChange);
      }
      const [first] = running;
      if (first?.outcome) {
        running.shift();
        if ("error" in first.outcome) throw first.outcome.error;
        yield first.outcome.value;
      } else if (first || reading) {
        // The source or the work may have aborted the signal synchronously.
        if (signal?.aborted) continue;
        await new Promise<void>((resolve) => wake = resolve);
      } else {
        if (end && "error" in end) throw end.error;
        return;
      }
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    controller.abort();
    await Promise.all(running.map(({ settled }) => settled));
    if (!end) {
      const { settled } = watch(async () => await source.return?.(), onChange);
      const late = () => new AbortedError(signal?.reason);
      await withTimeout(CLOSE_MS, settled, late).catch(() => {});
    }
  }
}

/** An action with its outcome, once it is known. */
interface Watched<R> {
  outcome?:
    | { readonly value: R }
    | { readonly value?: undefined; readonly error: unknown };
  /** Never rejects. */
  readonly settled: Promise<void>;
}

function watch<R>(action: () => Promise<R>, onChange: () => void): Watched<R> {
  const watched: Watched<R> = {
    settled: action().then(
      (value) => void (watched.outcome = { value }),
      (error) => void (watched.outcome = { error }),
    ).then(onChange),
  };
  return watched;
}

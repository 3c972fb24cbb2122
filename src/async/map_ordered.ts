import { throwIfAborted } from "./abort.ts";
import { AbortedError } from "../errors.ts";
import { withTimeout } from "./timeout.ts";

interface MapOptions {
  /** Upper bound of the items whose results haven't been given yet; at least 1. */
  readonly concurrency: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a source may take to be closed, in ms. */
const CLOSE_MS = 1000;

/**
 * Maps items by asynchronous work, and gives the results in the order of the items. A
 * result is given as soon as it is its turn, even while the source has yet to give the
 * next item.
 *
 * However the iteration ends, by itself, by an error, a `break` or the signal, no work
 * goes on afterwards, and the source is closed by its `return()`. A source that doesn't
 * close within a second isn't waited for: it may never give its next item.
 *
 * @param work Is given a signal that fires when its result isn't wanted any more.
 * @throws What the source or `work` throws, after the results of earlier items.
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
  /** The next item, while the source is asked for it. */
  let reading: Watched<IteratorResult<T>> | undefined;
  /** How the source ended, once it has. */
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
        // The source or the work may have aborted it as it began.
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

/** An action whose outcome can be read. */
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

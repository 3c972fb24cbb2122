import { AbortedError } from "./errors.ts";
import { within } from "./within.ts";

/** How many items are worked on, and until when. */
export interface MapOptions {
  /** The most items that were read and whose results weren't given yet; at least 1. */
  readonly concurrency: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a source may take to be closed, in ms. */
const PATIENCE = 1000;

/**
 * What `work` makes of each item, in the order of the items, several at once.
 *
 * The source is read no further ahead than `concurrency`. A result is given when it is its
 * turn, also while the source has yet to give the next item.
 *
 * However it ends, by itself, by an error, a `break` or the signal, no work goes on
 * afterwards, and the source is closed by its `return()`. That is waited for, but for no
 * more than a second: it may be waiting for an item that never comes.
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
  const source = iteratorOf(items);
  const controller = new AbortController();
  const underWay: Watched<R>[] = [];
  let asked: Watched<IteratorResult<T>> | undefined;
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
      if (signal?.aborted) throw new AbortedError(signal.reason);
      if (asked?.outcome) {
        const { value, ...failure } = asked.outcome;
        asked = undefined;
        if (value === undefined || value.done) end = failure;
        else {
          const { value: item } = value;
          const index = count++;
          const run = async () => await work(item, controller.signal, index);
          underWay.push(watch(run, onChange));
        }
      }
      if (!asked && !end && underWay.length < concurrency) {
        asked = watch(async () => await source.next(), onChange);
      }
      const [first] = underWay;
      if (first?.outcome) {
        underWay.shift();
        if ("error" in first.outcome) throw first.outcome.error;
        yield first.outcome.value;
      } else if (first || asked) {
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
    await Promise.all(underWay.map(({ settled }) => settled));
    if (!end) {
      const { settled } = watch(async () => await source.return?.(), onChange);
      const late = () => new AbortedError(signal?.reason);
      await within(PATIENCE, settled, late).catch(() => {});
    }
  }
}

function iteratorOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
}

/** An action whose outcome can be looked at. It never rejects. */
interface Watched<R> {
  outcome?:
    | { readonly value: R }
    | { readonly value?: undefined; readonly error: unknown };
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

import type { Signal, Streams } from "./system.ts";

/**
 * Calls `stop` at the first of some signals, until it is disposed. A second one ends the
 * process with `code`.
 */
export function onSignals(
  streams: Streams,
  signals: readonly Signal[],
  code: number,
  stop: (signal: Signal) => void,
): Disposable {
  let count = 0;
  const listeners = signals.map((signal) => {
    const listener = () => {
      if (++count > 1) streams.exit(code);
      stop(signal);
    };
    streams.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  return {
    [Symbol.dispose]() {
      for (const it of listeners) streams.removeSignalListener(...it);
    },
  };
}

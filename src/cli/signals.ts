import type { Signal, Streams } from "./system.ts";
import type { Terminal } from "./terminal.ts";

/** The exit code after Ctrl-C, by shell convention. */
export const INTERRUPTED = 130;

/** The message after Ctrl-C if the finished work is saved. */
export const GOES_ON = "interrupted: the same command goes on from here";

/**
 * Exits on Ctrl-C, until disposed, with the message that the same command continues. For
 * commands that save each result to a file at once.
 */
export function exitOnInterrupt(io: Terminal): Disposable {
  return onSignals(io.streams, ["SIGINT"], INTERRUPTED, () => {
    io.tell(GOES_ON);
    io.streams.exit(INTERRUPTED);
  });
}

/**
 * Calls `stop` on the first of some signals, until disposed. A second signal exits with
 * `code`.
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

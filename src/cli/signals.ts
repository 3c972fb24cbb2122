import type { Signal, Streams } from "./system.ts";
import type { Terminal } from "./terminal.ts";

/** The exit code after Ctrl-C, as shells have it. */
export const INTERRUPTED = 130;

/** What is told after Ctrl-C where the work done so far is kept. */
export const GOES_ON = "interrupted: the same command goes on from here";

/**
 * Ends the process at Ctrl-C and tells that the same command goes on, until it is
 * disposed: for a command that writes each result to a file as it comes.
 */
export function exitOnInterrupt(io: Terminal): Disposable {
  return onSignals(io.streams, ["SIGINT"], INTERRUPTED, () => {
    io.tell(GOES_ON);
    io.streams.exit(INTERRUPTED);
  });
}

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

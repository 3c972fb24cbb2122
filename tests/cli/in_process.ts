import assert from "node:assert/strict";
import { main, type Signal, type Streams } from "../../src/cli.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { isElsewhere } from "./program.ts";
import { type Run, totem } from "./totem.ts";
import { joined } from "../joined.ts";

/** What a command wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command finds. */
export interface Setup {
  /** What is on standard input: nothing unless given. */
  readonly stdin?: Uint8Array;
  /** The environment variables: none unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the streams are terminals. */
  readonly isTerminal?: boolean;
  /** Whether nobody reads standard output any more. */
  readonly isBroken?: boolean;
  /** Whether nobody reads standard error any more. */
  readonly isUnheard?: boolean;
}

/** Streams that keep what is written. */
export interface TestStreams extends Streams {
  /** All that was written to standard output so far. */
  readonly stdoutBytes: Uint8Array;
  /** As text. */
  readonly output: Output;
  /** Whether anything listens to signals. */
  readonly isListening: boolean;
  /** Sends a signal to those that listen to it. */
  send(signal: Signal): void;
}

/** The streams of one run. */
export function testStreams(
  {
    stdin = new Uint8Array(),
    env = {},
    isTerminal = false,
    isBroken = false,
    isUnheard = false,
  }: Setup = {},
): TestStreams {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const listeners = new Map<Signal, Set<() => void>>();
  const stream = (name: "stdout" | "stderr") => ({
    isTerminal: () => isTerminal,
    writeSync(bytes: Uint8Array) {
      if (name === "stdout" ? isBroken : isUnheard) {
        throw new Deno.errors.BrokenPipe();
      }
      parts[name].push(bytes.slice());
      return bytes.length;
    },
  });
  return {
    noColor: !isTerminal,
    env: { get: (name) => env[name] },
    permissions: { querySync: () => ({ state: "granted" }) },
    get stdin() {
      return { readable: ReadableStream.from([stdin]) };
    },
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    exit(code) {
      throw new Error(`The process has ended with ${code}`);
    },
    addSignalListener(signal, listener) {
      const known = listeners.get(signal) ?? new Set();
      listeners.set(signal, known.add(listener));
    },
    removeSignalListener(signal, listener) {
      listeners.get(signal)?.delete(listener);
    },
    send(signal) {
      for (const listener of listeners.get(signal) ?? []) listener();
    },
    get isListening() {
      return [...listeners.values()].some(({ size }) => size > 0);
    },
    get stdoutBytes() {
      return joined(...parts.stdout);
    },
    get output() {
      const decoder = new TextDecoder();
      return {
        stdout: decoder.decode(joined(...parts.stdout)),
        stderr: decoder.decode(joined(...parts.stderr)),
      };
    },
  };
}

/** What `action` writes to a terminal, and gives. */
export async function captured<T>(
  action: (terminal: Terminal) => T | Promise<T>,
  setup: Setup = {},
): Promise<Output & { readonly result: T }> {
  const streams = testStreams(setup);
  const result = await action(new Terminal(streams));
  return { result, ...streams.output };
}

/** A terminal whose output nobody looks at. */
export function unseen(): Terminal {
  return new Terminal(testStreams());
}

/**
 * Runs a command line in this process: no other has to be started. Of another program
 * a process is started, without a terminal.
 */
export async function run(
  args: readonly string[],
  setup: Setup = {},
): Promise<Run> {
  if (isElsewhere()) return await totem(args, setup);
  const streams = testStreams(setup);
  const code = await main(args, streams);
  assert.ok(!streams.isListening, "a run must end listening to signals");
  return { code, stdoutBytes: streams.stdoutBytes, ...streams.output };
}

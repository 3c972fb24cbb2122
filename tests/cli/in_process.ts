import assert from "node:assert/strict";
import { main, type Signal, type Streams } from "../../src/cli.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { isElsewhere } from "./program.ts";
import { type Run, totem } from "./totem.ts";
import { joined } from "../joined.ts";

/** The output of a command. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a command. */
export interface Setup {
  /** Standard input; empty by default. */
  readonly stdin?: Uint8Array;
  /** Environment variables; none by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the streams are terminals. */
  readonly isTerminal?: boolean;
  /** Whether the reader of standard output has gone away. */
  readonly isBroken?: boolean;
  /** Whether the reader of standard error has gone away. */
  readonly isUnheard?: boolean;
}

/** Streams that record their output. */
export interface TestStreams extends Streams {
  /** Everything written to standard output so far. */
  readonly stdoutBytes: Uint8Array;
  /** The output as text. */
  readonly output: Output;
  /** Whether there are signal listeners. */
  readonly isListening: boolean;
  /** Sends a signal to its listeners. */
  send(signal: Signal): void;
}

/** The environment of a command in this process. */
export interface StreamSetup extends Omit<Setup, "stdin"> {
  /** Standard input, also one without end; empty by default. */
  readonly stdin?: Uint8Array | ReadableStream<Uint8Array>;
}

/** The streams of one run. */
export function testStreams(
  {
    stdin = new Uint8Array(),
    env = {},
    isTerminal = false,
    isBroken = false,
    isUnheard = false,
  }: StreamSetup = {},
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
      const isStream = stdin instanceof ReadableStream;
      return { readable: isStream ? stdin : ReadableStream.from([stdin]) };
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

/** Returns the result of `action` and its output to a terminal. */
export async function captured<T>(
  action: (terminal: Terminal) => T | Promise<T>,
  setup: Setup = {},
): Promise<Output & { readonly result: T }> {
  const streams = testStreams(setup);
  const result = await action(new Terminal(streams));
  return { result, ...streams.output };
}

/** A terminal whose output is discarded. */
export function unseen(): Terminal {
  return new Terminal(testStreams());
}

/**
 * Runs a command line in this process, which saves starting another one. A program set
 * by `useProgram` is started as a process, without a terminal.
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

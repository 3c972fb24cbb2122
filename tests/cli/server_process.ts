import { main, type Signal } from "../../src/cli.ts";
import { testStreams } from "./in_process.ts";
import { isElsewhere, programWith } from "./program.ts";

/** To listen there, and to download the default model. */
const NET = "--allow-net=127.0.0.1,registry.npmjs.org";

const LISTENING = /Listening on (http:\/\/[\d.:]+)/;

/** A `totem serve` that runs. */
export interface ServerProcess extends AsyncDisposable {
  /** The process's number. */
  readonly pid: number;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** What it has written on standard error so far. */
  log(): string;
  /** Sends it a signal. */
  kill(signal: Signal): void;
  /** How it ended. */
  readonly status: Promise<{ readonly code: number }>;
}

/** Starts `totem serve` in this process, on a port that is free. */
export async function serveHere(
  args: readonly string[],
): Promise<ServerProcess> {
  if (isElsewhere()) return await startServer(args);
  const streams = testStreams();
  const log = () => streams.output.stderr;
  const status = main(["serve", "--port", "0", ...args], streams)
    .then((code) => ({ code }));
  const ended = status.then(() => true);
  const pause = () =>
    new Promise<boolean>((resolve) => setTimeout(resolve, 5, false));
  while (!LISTENING.test(log())) {
    if (await Promise.race([ended, pause()])) throw new Error(log());
  }
  return {
    pid: Deno.pid,
    url: log().match(LISTENING)![1]!,
    log,
    kill: (signal) => streams.send(signal),
    status,
    async [Symbol.asyncDispose]() {
      streams.send("SIGTERM");
      await status;
    },
  };
}

/**
 * Starts `totem serve` in a process, on a port that is free, with no more than it needs.
 *
 * @param setup.descriptors How many files it may have open.
 */
export async function startServer(
  args: readonly string[],
  { descriptors }: { readonly descriptors?: number } = {},
): Promise<ServerProcess> {
  const command = [
    ...programWith(["--allow-read", NET]),
    "serve",
    "--port",
    "0",
    ...args,
  ];
  if (descriptors !== undefined) {
    const limited = `ulimit -n ${descriptors} && exec "$0" "$@"`;
    command.unshift("/bin/sh", "-c", limited);
  }
  const [program, ...rest] = command;
  const process = new Deno.Command(program!, {
    args: rest,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const url = new Promise<string>((resolve, reject) => {
    void (async () => {
      const lines = process.stderr.pipeThrough(new TextDecoderStream());
      for await (const text of lines) {
        log += text;
        const found = log.match(LISTENING);
        if (found) resolve(found[1]!);
      }
      reject(new Error(log));
    })();
  });
  return {
    pid: process.pid,
    url: await url,
    log: () => log,
    kill: (signal) => process.kill(signal),
    status: process.status,
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await process.status;
    },
  };
}

/** Resolves when the server has its model. */
export async function untilReady(url: string): Promise<void> {
  while (true) {
    const response = await fetch(`${url}/readyz`);
    await response.body?.cancel();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

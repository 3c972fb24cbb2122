import { main, type Signal } from "../../src/cli.ts";
import { testStreams } from "./in_process.ts";
import { isElsewhere, programWith } from "./program.ts";

/** Permission to listen, and to download the default model. */
const NET = "--allow-net=127.0.0.1,registry.npmjs.org";

const LISTENING = /Listening on (http:\/\/[\d.:]+)/;

/** A running `totem serve`. */
export interface ServerProcess extends AsyncDisposable {
  /** The process ID. */
  readonly pid: number;
  /** The address, without a trailing slash. */
  readonly url: string;
  /** Its standard error so far. */
  log(): string;
  /** Sends a signal to it. */
  kill(signal: Signal): void;
  /** Its exit status. */
  readonly status: Promise<{ readonly code: number }>;
}

/** Starts `totem serve` in this process, on a free port. */
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
 * Starts `totem serve` as a process, on a free port, with only the permissions it
 * needs.
 *
 * @param setup.descriptors Limit of open files.
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
        // It has exited already.
      }
      await process.status;
    },
  };
}

/** Resolves when the server has loaded its model. */
export async function untilReady(url: string): Promise<void> {
  while (true) {
    const response = await fetch(`${url}/readyz`);
    await response.body?.cancel();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A server in a process of its own, which ends when it is disposed. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8000`. */
  readonly address: string;
  /** Its process. */
  readonly pid: number;
}

/**
 * Starts a server of the example in `folder` and waits until it tells its port, by
 * a text that `port` matches.
 */
export async function startServer(
  command: string,
  { folder, args, env = {}, stream, port }: {
    readonly folder: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly stream: "stdout" | "stderr";
    readonly port: RegExp;
  },
): Promise<RunningServer> {
  const server = new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: stream === "stdout" ? "piped" : "null",
    stderr: stream === "stderr" ? "piped" : "inherit",
  }).spawn();
  const output = server[stream].pipeThrough(new TextDecoderStream())
    .getReader();
  let told = "";
  const drain = async () => {
    while (!(await output.read()).done);
  };
  while (true) {
    const { done, value } = await output.read();
    if (done) {
      await server.status;
      throw new Error(`${command} ended before it listened: ${told}`);
    }
    told += value;
    const found = told.match(port)?.[1];
    if (found === undefined) continue;
    const drained = drain();
    return {
      address: `http://127.0.0.1:${found}`,
      pid: server.pid,
      async [Symbol.asyncDispose]() {
        server.kill();
        await Promise.all([server.status, drained]);
      },
    };
  }
}

/** Starts an example in Deno, `args` being what follows `deno`. */
export function startDeno(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  return startServer(Deno.execPath(), {
    folder,
    args,
    env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", ...env },
    stream: "stderr",
    port: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
  });
}

/** Not a literal: only who runs these tests shall download its 160 MB. */
const WORKERD = "npm:workerd@1.20261117.1";

/** The path of Cloudflare's runtime, or null, and a word on why, where it can't be had. */
export async function findWorkerd(): Promise<string | null> {
  try {
    const { default: { default: path } } = await import(WORKERD);
    await Deno.stat(path);
    return path;
  } catch (error) {
    console.warn(`${WORKERD} can't be had: ${error}`);
    return null;
  }
}

/** Starts what `config.capnp` in `folder` says. */
export function startWorkerd(
  workerd: string,
  folder: string,
): Promise<RunningServer> {
  return startServer(workerd, {
    folder,
    args: [
      "serve",
      "config.capnp",
      "--socket-addr=http=127.0.0.1:0",
      "--control-fd=1",
    ],
    stream: "stdout",
    port: /"port":\s*(\d+)/,
  });
}

/** A server in a separate process, which disposing ends. */
export interface RunningServer extends AsyncDisposable {
  /** Its address, such as `http://127.0.0.1:8000`. */
  readonly address: string;
  /** Its process ID. */
  readonly pid: number;
  /** Its output so far. */
  printed(): string;
  /** Asks it to end, like service managers; returns its exit code. */
  end(): Promise<number>;
}

/**
 * Starts a server in `folder` and waits until it prints its port, which is the first
 * group of `port`.
 */
export async function startServer(
  command: string,
  args: readonly string[],
  { folder, env = {}, port }: {
    readonly folder: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly port: RegExp;
  },
): Promise<RunningServer> {
  const server = new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const listening = Promise.withResolvers<string>();
  let printed = "";
  let hasEnded = false;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      printed += text;
      const found = printed.match(port)?.[1];
      if (found !== undefined) listening.resolve(found);
    }
  };
  const ended = Promise.all([read(server.stdout), read(server.stderr)]).then(
    async () => {
      await server.status;
      listening.reject(new Error(`${command} doesn't listen: ${printed}`));
    },
  );
  return {
    address: `http://127.0.0.1:${await listening.promise}`,
    pid: server.pid,
    printed: () => printed,
    async end() {
      server.kill("SIGTERM");
      await ended;
      hasEnded = true;
      return (await server.status).code;
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded) server.kill();
      await ended;
    },
  };
}

/** Starts an example in Deno; `args` follow `deno`. */
export function startDeno(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  return startServer(Deno.execPath(), args, {
    folder,
    env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", ...env },
    port: /Listening on http:\/\/127\.0\.0\.1:(\d+)\D/,
  });
}

/** A variable, so that only a run of these tests downloads its 160 MB. */
const WORKERD = "npm:workerd@1.20261117.1";

/** The path of Cloudflare's runtime; null, with a warning, if it isn't available. */
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

/** Starts the server of `config.capnp` in `folder`. */
export function startWorkerd(
  workerd: string,
  folder: string,
): Promise<RunningServer> {
  const args = [
    "serve",
    "config.capnp",
    "--socket-addr=http=127.0.0.1:0",
    "--control-fd=1", // Prints the port.
  ];
  return startServer(workerd, args, { folder, port: /"port":\s*(\d+)\D/ });
}

/** A broker on its own port, with its data in a temporary folder. */
export interface BrokerServer extends AsyncDisposable {
  /** Its address for `--queue`. */
  readonly address: string;
  /** Starts it with its existing data, and waits until it responds. */
  start(): Promise<void>;
  /** Kills it, like a power failure. */
  kill(): Promise<void>;
  /** The processor time of the server and its children, in s. */
  cpuSeconds(): number;
}

/** The program of a server. */
export interface ServerProgram {
  /** The address for a port. */
  address(port: number): string;
  /** Starts it with its data in a folder. */
  spawn(port: number, folder: string): Deno.ChildProcess;
  /** Resolves if a started server responds; throws if it doesn't yet. */
  answers(port: number): Promise<void>;
  /** Prepares a new folder. */
  prepare(folder: string): Promise<void>;
}

/** Starts a server. */
export async function startServer(
  program: ServerProgram,
): Promise<BrokerServer> {
  const folder = await Deno.makeTempDir();
  await program.prepare(folder);
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined) return;
    await killTree(child.pid);
    await child.status;
    child = undefined;
  };
  const start = async () => {
    const latest = Date.now() + 60_000;
    for (;;) {
      child ??= program.spawn(port, folder);
      try {
        await program.answers(port);
        return;
      } catch (cause) {
        if (Date.now() > latest) {
          await kill();
          throw new Error("the server doesn't start", { cause });
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
        // It exits if the port isn't free yet.
        const ended = await Promise.race([
          child.status.then(() => true),
          Promise.resolve(false),
        ]);
        if (ended) child = undefined;
      }
    }
  };
  await start();
  return {
    address: program.address(port),
    start,
    kill,
    cpuSeconds: () => child === undefined ? 0 : cpuOfTree(child.pid),
    async [Symbol.asyncDispose]() {
      await kill();
      await removeFolder(folder);
    },
  };
}

/**
 * A port that is free now. It is below those that systems choose for connections and for
 * listeners without a port, so other tests don't take it while a server restarts.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(12_000 * Math.random());
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/**
 * Kills a process and its children, and waits until the children have exited: those of
 * PostgreSQL would continue to respond for a while.
 */
async function killTree(pid: number): Promise<void> {
  const send = (pid: number, signal: Deno.Signal) => {
    try {
      Deno.kill(pid, signal);
    } catch {
      // It has exited already.
    }
  };
  // Stopped, it can't start new children in the meantime.
  send(pid, "SIGSTOP");
  const children = childrenOf(pid);
  for (const it of [pid, ...children]) send(it, "SIGKILL");
  while (children.some(isAlive)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The child processes of a process; none if it has exited. */
function childrenOf(pid: number): number[] {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    return text.trim().split(" ").filter((it) => it !== "").map(Number);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether a process runs: exited ones may still be listed. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(
      Deno.readTextFileSync(`/proc/${pid}/status`),
    );
  } catch {
    return false;
  }
}

/** Removes a folder; retries while an ending process writes to it. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await Deno.remove(folder, { recursive: true });
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The processor time of a process, its children and its exited children, in s. */
export function cpuOfTree(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // After the name in brackets: fields 14 to 17 of proc(5), in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = fields.slice(11, 15).reduce((sum, it) => sum + Number(it), 0);
  return childrenOf(pid).reduce(
    (sum, child) => sum + cpuOfTree(child),
    own / 100,
  );
}

import { fileURLToPath } from "node:url";
import { CONFIG } from "../../cli/program.ts";

const PROGRAM = fileURLToPath(new URL("hurried_cli.ts", import.meta.url));

/** A process of the command line. */
export interface Child {
  readonly pid: number;
  /** Its exit code; `undefined` while it runs, `null` when a signal ended it. */
  code(): number | null | undefined;
  /** Its output so far. */
  output(): string;
  readonly ended: Promise<number | null>;
  kill(signal: Deno.Signal): void;
}

/** Processes that end with their test, whatever happens. */
export class Children implements AsyncDisposable {
  readonly #all: Child[] = [];
  #isOver = false;
  readonly #env: Readonly<Record<string, string>>;

  readonly #folder: string;

  /** Sets the working folder and the environment variables of the processes. */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /**
   * Starts the command line.
   *
   * @throws {Error} After the test.
   */
  start(...args: readonly string[]): Child {
    if (this.#isOver) throw new Error("The test is over");
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", `--config=${CONFIG}`, "-A", PROGRAM, ...args],
      env: { NO_COLOR: "1", ...this.#env },
      cwd: this.#folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let text = "";
    const gather = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      const decoder = new TextDecoderStream();
      for await (const part of stream.pipeThrough(decoder)) text += part;
    };
    const reading = Promise.all([process.stdout, process.stderr].map(gather));
    let code: number | null | undefined;
    const ended = process.status.then(async (status) => {
      await reading;
      return code = status.signal === null ? status.code : null;
    });
    const child: Child = {
      pid: process.pid,
      code: () => code,
      output: () => text,
      ended,
      kill(signal) {
        try {
          process.kill(signal);
        } catch {
          // It has exited already.
        }
      },
    };
    this.#all.push(child);
    return child;
  }

  /** Runs a command to its end, which must succeed. */
  async run(...args: readonly string[]): Promise<string> {
    const child = this.start(...args);
    const code = await child.ended;
    if (code === 0) return child.output();
    throw new Error(`totem ${args.join(" ")}: ${code}\n${child.output()}`);
  }

  /** The output of all processes so far, for error messages. */
  output(): string {
    return this.#all.map((it) => `${it.pid}: ${it.code()}\n${it.output()}`)
      .join("\n");
  }

  async [Symbol.asyncDispose]() {
    this.#isOver = true;
    for (const child of this.#all) child.kill("SIGKILL");
    await Promise.all(this.#all.map((it) => it.ended));
  }
}

/** Waits until a condition holds, up to a time limit. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  describe = () => "",
): Promise<void> {
  const latest = Date.now() + 240_000;
  while (!await holds()) {
    if (Date.now() > latest) throw new Error(`never ${what}\n${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * The system functions of Node and Bun, for commands written for Deno's API.
 *
 * @module
 */
import * as fs from "node:fs";
import { isatty } from "node:tty";
import { makeFolder } from "../../io/make_folder.ts";
import type {
  FolderEntry,
  OpenOptions,
  OutputStream,
  System,
  SystemFile,
} from "../system.ts";
import { factsOf, NodeFile } from "./file.ts";
import { listen } from "./listener.ts";

const { env, platform, versions } = process;

/** The implementation for Node. */
export const nodeSystem: System = {
  build: {
    os: platform === "win32" ? "windows" : platform,
    arch: { x64: "x86_64", arm64: "aarch64" }[process.arch as string] ??
      process.arch,
  },
  version: versions,
  noColor: !!env.NO_COLOR,
  env: { get: (name) => env[name] },
  permissions: { querySync: () => ({ state: "granted" }) },
  get stdin() {
    return { readable: readable(process.stdin) };
  },
  stdout: outputStream(1),
  stderr: outputStream(2),
  errors: {},
  memoryUsage: () => process.memoryUsage(),
  exit: (code) => process.exit(code),
  addSignalListener: (signal, listener) => void process.on(signal, listener),
  removeSignalListener: (signal, listener) =>
    void process.off(signal, listener),

  stat: async (path) => factsOf(await fs.promises.stat(path, { bigint: true })),
  realPath: (path) => fs.promises.realpath(path),
  readDir,
  mkdir: (path) => makeFolder(path),
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.unlink(path),
  removeSync: (path) => fs.unlinkSync(path),
  open: (path, options) =>
    // Asynchronous, as opening a pipe may block.
    new Promise((resolve, reject) =>
      fs.open(path, flagsOf(options), 0o666, (error, descriptor) => {
        if (error) reject(error);
        else resolve(fileOf(path, descriptor, options));
      })
    ),
  openSync: (path, options) =>
    fileOf(path, fs.openSync(path, flagsOf(options), 0o666), options),
  listen,
};

async function* readDir(path: string): AsyncGenerator<FolderEntry> {
  for await (const entry of await fs.promises.opendir(path)) {
    yield {
      name: entry.name,
      isFile: entry.isFile(),
      isDirectory: entry.isDirectory(),
      isSymlink: entry.isSymbolicLink(),
    };
  }
}

function flagsOf(
  { read = false, write = false, append, create, createNew }: OpenOptions = {
    read: true,
  },
): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL } =
    fs.constants;
  const access = write ? read ? O_RDWR : O_WRONLY : O_RDONLY;
  return access | (append ? O_APPEND : 0) |
    (createNew ? O_CREAT | O_EXCL : create ? O_CREAT : 0);
}

function fileOf(
  path: string,
  descriptor: number,
  options?: OpenOptions,
): SystemFile {
  return new NodeFile(path, descriptor, options?.append ?? false);
}

/** Converts a stream, such as standard input. */
function readable(
  stream: AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const parts = stream[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void await parts.return?.(),
  }, { highWaterMark: 0 });
}

/**
 * A stream with synchronous writes, so that a reader gets each result at once. Doesn't
 * use `process.stdout`, which would make a pipe non-blocking.
 */
function outputStream(descriptor: number): OutputStream {
  return {
    isTerminal: () => isatty(descriptor),
    writeSync(bytes) {
      for (;;) {
        try {
          return fs.writeSync(descriptor, bytes);
        } catch (error) {
          // The pipe is full, and another program has made it non-blocking.
          if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
          Atomics.wait(IDLE, 0, 0, FULL_MS);
        }
      }
    },
  };
}

/** Ms before a write to a full pipe is retried. */
const FULL_MS = 5;
/** Never notified: a wait on it ends by its timeout. */
const IDLE = new Int32Array(new SharedArrayBuffer(4));

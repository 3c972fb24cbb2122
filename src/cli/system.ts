/**
 * What the command line needs of the system: files, streams, signals, a listener.
 *
 * The names and meanings are those of the Deno namespace, which is the system itself
 * in Deno: nothing lies between, and nothing is loaded. `src/cli/node` has the same
 * for Node.
 *
 * @module
 */

/** What one run of a command has for itself: tests give each run its own. */
export interface Streams {
  /** Whether the user wants no colour: `NO_COLOR`. */
  readonly noColor: boolean;
  /** The environment variables. */
  readonly env: { get(name: string): string | undefined };
  /** Which variables may be read: Deno asks for permission otherwise. */
  readonly permissions: {
    querySync(
      what: { readonly name: "env"; readonly variable: string },
    ): { readonly state: string };
  };
  /** Standard input. */
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  /** Standard output. */
  readonly stdout: OutputStream;
  /** Standard error. */
  readonly stderr: OutputStream;
  /** Ends the process at once. */
  exit(code: number): never;
  /** Calls `listener` at each signal, which then doesn't end the process. */
  addSignalListener(signal: Signal, listener: () => void): void;
  /** Undoes {@linkcode addSignalListener}. */
  removeSignalListener(signal: Signal, listener: () => void): void;
}

/** The system's functions, as far as commands need them. */
export interface System extends Streams {
  readonly build: {
    /** `"windows"`, `"darwin"`, `"linux"` or another. */
    readonly os: string;
    /** Such as `"x86_64"`. */
    readonly arch: string;
  };
  /** The runtime's version by its name, and V8's. */
  readonly version: Readonly<
    { v8: string; deno?: string; node?: string; bun?: string }
  >;
  /** The classes of the system's errors that have no code. */
  readonly errors: Readonly<
    Record<string, new (message: string) => Error>
  >;
  memoryUsage(): { readonly rss: number };

  stat(path: string): Promise<FileFacts>;
  realPath(path: string): Promise<string>;
  readDir(path: string): AsyncIterable<FolderEntry>;
  mkdir(path: string, options: { readonly recursive: true }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  removeSync(path: string): void;
  open(path: string, options?: OpenOptions): Promise<SystemFile>;
  openSync(path: string, options?: OpenOptions): SystemFile;
  listen(where: Address): Listener | Promise<Listener>;
}

/** The signals that end a process, as far as commands listen to them. */
export type Signal = "SIGINT" | "SIGTERM";

/** Standard output or standard error. */
export interface OutputStream {
  /** Writes some of the bytes, and returns how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether a person reads it. */
  isTerminal(): boolean;
}

/** What lies at a path. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  /** In bytes. */
  readonly size: number;
  /** When it was last written to. */
  readonly mtime: Date | null;
  readonly dev: number;
  /** `null` or 0 where the system doesn't number its files. */
  readonly ino: number | null;
}

/** What lies in a folder; of a link none of the first two is true. */
export interface FolderEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** How a file is opened; to be read, unless told otherwise. */
export interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  /** Writes go to the end, wherever that is then. */
  readonly append?: boolean;
  /** Makes the file where there is none. */
  readonly create?: boolean;
  /** Makes the file, and fails where there is one. */
  readonly createNew?: boolean;
}

/** Where a file is sought from. */
export const SEEK = { start: 0, end: 2 } as const;

/** An open file, with the place in it at which it is read and written. */
export interface SystemFile extends Disposable {
  /** What follows, to its end; the file is closed then. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Reads some bytes, and returns how many; `null` at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
  readSync(bytes: Uint8Array): number | null;
  /** Writes some of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
  seekSync(offset: number, whence: number): number;
  truncateSync(length: number): void;
  /** Resolves when the disk has what was written. */
  sync(): Promise<void>;
  stat(): Promise<FileFacts>;
  statSync(): FileFacts;
  /**
   * Takes the file's lock, unless another process has it.
   *
   * @returns Whether this process has it now.
   * @throws Where the file system knows no locks.
   */
  tryLock(exclusive: true): Promise<boolean>;
  unlockSync(): void;
  close(): void;
}

/** One end of a connection. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** What accepts connections. */
export interface Listener {
  readonly addr: Address;
  accept(): Promise<Connection>;
  close(): void;
}

/** A TCP connection. */
export interface Connection {
  readonly remoteAddr: Address;
  /** Reads some bytes, and returns how many; `null` when the other side has ended. */
  read(bytes: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the other side that nothing more comes. */
  closeWrite(): Promise<void>;
  setNoDelay(): void;
  close(): void;
}

/** The system on which the command line runs. */
export let system: System = globalThis.Deno as unknown as System;

/** Sets {@linkcode system} where there is no Deno. */
export function useSystem(other: System): void {
  system = other;
}

/** An environment variable; `undefined` also where it may not be read, without asking. */
export function readVariable(
  { env, permissions }: Streams,
  name: string,
): string | undefined {
  const { state } = permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? env.get(name) : undefined;
}

/** Writes all of the bytes, however many the system takes at once. */
export function writeAll(
  target: Pick<SystemFile, "writeSync">,
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    done += target.writeSync(bytes.subarray(done));
  }
}

/** Whether an error says that Deno wasn't given a permission. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error &&
    // The second is of a module that isn't read at the start.
    (error.name === "NotCapable" ||
      /^Requires read access/.test(error.message));
}

/** Whether nobody reads any more what is written. */
export function isBrokenPipe(error: unknown): boolean {
  return hasNameOrCode(error, "BrokenPipe", "EPIPE");
}

/** Whether something else listens at an address. */
export function isAddressInUse(error: unknown): boolean {
  return hasNameOrCode(error, "AddrInUse", "EADDRINUSE");
}

/** Deno's errors have a name, and Node's a code. */
function hasNameOrCode(error: unknown, name: string, code: string): boolean {
  return error instanceof Error &&
    (error.name === name || (error as { code?: unknown }).code === code);
}

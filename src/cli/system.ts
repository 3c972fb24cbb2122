/**
 * The system functions of the command line: files, streams, signals, a listener.
 *
 * The names and semantics are those of the Deno namespace. In Deno, that namespace is
 * used directly, without a wrapper. `src/cli/node` implements the same for Node.
 *
 * @module
 */

/** The state of one run of a command. Tests use their own for each run. */
export interface Streams {
  /** Whether the user wants no colour: `NO_COLOR`. */
  readonly noColor: boolean;
  /** The environment variables. */
  readonly env: { get(name: string): string | undefined };
  /** Checks whether a variable may be read, since reading it would prompt in Deno. */
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
  /** Calls `listener` on each signal, which then doesn't end the process. */
  addSignalListener(signal: Signal, listener: () => void): void;
  /** Undoes {@linkcode addSignalListener}. */
  removeSignalListener(signal: Signal, listener: () => void): void;
}

/** The system functions that commands need. */
export interface System extends Streams {
  readonly build: {
    /** `"windows"`, `"darwin"`, `"linux"` or another. */
    readonly os: string;
    /** For example `"x86_64"`. */
    readonly arch: string;
  };
  /** The versions of the runtime and of V8. */
  readonly version: Readonly<
    { v8: string; deno?: string; node?: string; bun?: string }
  >;
  /** The classes of system errors without a code. */
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

/** The signals that commands handle. */
export type Signal = "SIGINT" | "SIGTERM";

/** Standard output or standard error. */
export interface OutputStream {
  /** Writes some of the bytes, and returns their number. */
  writeSync(bytes: Uint8Array): number;
  /** Whether it is connected to a terminal. */
  isTerminal(): boolean;
}

/** Information about a path. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  /** In bytes. */
  readonly size: number;
  /** The time of the last change. */
  readonly mtime: Date | null;
  readonly dev: number;
  /** The inode; `null` or 0 if the file system has none. */
  readonly ino: number | null;
}

/** A folder entry. A link is neither a file nor a directory here. */
export interface FolderEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** How to open a file; for reading by default. */
export interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  /** Always writes at the current end. */
  readonly append?: boolean;
  /** Creates the file if it doesn't exist. */
  readonly create?: boolean;
  /** Creates the file, and fails if it exists. */
  readonly createNew?: boolean;
}

/** Origins for seeking in a file. */
export const SEEK = { start: 0, end: 2 } as const;

/** An open file with a current position for reading and writing. */
export interface SystemFile extends Disposable {
  /** The rest of the file. Closes the file at its end. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Reads some bytes, and returns their number; `null` at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
  readSync(bytes: Uint8Array): number | null;
  /** Writes some of the bytes, and returns their number. */
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
  seekSync(offset: number, whence: number): number;
  truncateSync(length: number): void;
  /** Resolves when the written data is on disk. */
  sync(): Promise<void>;
  stat(): Promise<FileFacts>;
  statSync(): FileFacts;
  /**
   * Locks the file, unless another process has locked it.
   *
   * @returns Whether this process has the lock.
   * @throws If the file system doesn't support locks.
   */
  tryLock(exclusive: true): Promise<boolean>;
  unlockSync(): void;
  close(): void;
}

/** The address of one end of a connection. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** A socket that accepts connections. */
export interface Listener {
  readonly addr: Address;
  accept(): Promise<Connection>;
  close(): void;
}

/** A TCP connection. */
export interface Connection {
  readonly remoteAddr: Address;
  /** Reads some bytes, and returns their number; `null` when the other side has closed. */
  read(bytes: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes, and returns their number. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes the write side. */
  closeWrite(): Promise<void>;
  setNoDelay(): void;
  close(): void;
}

/** The system on which the command line runs. */
export let system: System = globalThis.Deno as unknown as System;

/** Sets {@linkcode system} in runtimes other than Deno. */
export function useSystem(other: System): void {
  system = other;
}

/**
 * Reads an environment variable without prompting; `undefined` if reading isn't allowed.
 */
export function readVariable(
  { env, permissions }: Streams,
  name: string,
): string | undefined {
  const { state } = permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? env.get(name) : undefined;
}

/** Writes all bytes, in several writes if necessary. */
export function writeAll(
  target: Pick<SystemFile, "writeSync">,
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    done += target.writeSync(bytes.subarray(done));
  }
}

/** Whether an error is a missing Deno permission. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error &&
    // The message of a missing permission to load a module on demand.
    (error.name === "NotCapable" ||
      /^Requires read access/.test(error.message));
}

/** Whether the reader of the output has gone. */
export function isBrokenPipe(error: unknown): boolean {
  return hasNameOrCode(error, "BrokenPipe", "EPIPE");
}

/** Whether an address is already in use. */
export function isAddressInUse(error: unknown): boolean {
  return hasNameOrCode(error, "AddrInUse", "EADDRINUSE");
}

/** Deno's errors have a name, and Node's a code. */
function hasNameOrCode(error: unknown, name: string, code: string): boolean {
  return error instanceof Error &&
    (error.name === name || (error as { code?: unknown }).code === code);
}

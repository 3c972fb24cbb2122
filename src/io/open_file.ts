/** Bytes that are read into memory that their reader brings: an open file. */
export interface ByteSource {
  /** Fills `target`, or a part of it, with what follows; 0 at the end. */
  read(target: Uint8Array): Promise<number>;
  /** Called when nothing more is wanted, with the reason if it is too early. */
  close(reason?: unknown): Promise<void>;
}

/** A file that is read from its beginning. It may be closed more than once. */
export interface OpenFile extends ByteSource {
  /** In bytes. */
  readonly size: number;
  /** When it was last written to, in whole ms since 1970, where that is known. */
  readonly modified: number | undefined;
}

/**
 * Opens a file, `undefined` where there is none. A pipe isn't one, nor is a device:
 * opening them might wait for ever.
 *
 * Deno's own interface is taken where it is there: `node:fs` would cost 12 MB and
 * a tenth of the time in which a command line has its answer.
 */
export async function openFile(
  path: string | URL,
): Promise<OpenFile | undefined> {
  try {
    return typeof Deno === "undefined"
      ? await openInNode(path)
      : await openInDeno(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * What follows in a source, which is closed then, or `null` when it is more than
 * `limit` bytes. A file's stream would take 6 ms and 1 MB to be made.
 *
 * @param size How many bytes there are to be expected.
 */
export async function readByteSource(
  source: ByteSource,
  size: number,
  limit: number,
): Promise<Uint8Array | null> {
  try {
    // One more, so that its end is met without another part.
    let bytes = new Uint8Array(Math.min(size, limit) + 1);
    let length = 0;
    while (length <= limit) {
      if (length === bytes.length) {
        const longer = new Uint8Array(Math.min(2 * length, limit + 1));
        longer.set(bytes);
        bytes = longer;
      }
      const count = await source.read(bytes.subarray(length));
      if (count === 0) return bytes.subarray(0, length);
      length += count;
    }
    return null;
  } finally {
    await source.close();
  }
}

/** Whether this is Deno, Node or the like, and not a page or a worker of one. */
export function hasFiles(): boolean {
  // Deno's `process` takes 9 MB to be looked at.
  return typeof Deno !== "undefined" ||
    globalThis.process?.versions?.node !== undefined;
}

/**
 * Whether an error of Deno or Node says that there is no such file. None has a name
 * that is longer than names can be.
 */
export function isNotFound(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG";
}

/**
 * Opens a file, or tells what is at its path instead; `undefined` if nothing is there.
 * Paths that can't be any, with a zero or a host, lead to nothing.
 */
export async function openFileOrKind(
  path: string | URL,
): Promise<OpenFile | Awaited<ReturnType<typeof kindAt>>> {
  const file = await openFile(path).catch((error) => {
    if (error instanceof TypeError) return undefined;
    throw error;
  });
  return file ?? await kindAt(path).catch(() => undefined);
}

/** What is at a path where no file is. */
export async function kindAt(
  path: string | URL,
): Promise<"folder" | "pipe or device" | undefined> {
  const isFolder = async () => {
    if (typeof Deno !== "undefined") return (await Deno.stat(path)).isDirectory;
    const { stat } = process.getBuiltinModule("node:fs/promises");
    return (await stat(path)).isDirectory();
  };
  try {
    return await isFolder() ? "folder" : "pipe or device";
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function openInDeno(path: string | URL): Promise<OpenFile | undefined> {
  if (!(await Deno.stat(path)).isFile) return undefined;
  const file = await Deno.open(path);
  const { isFile, size, mtime } = await file.stat();
  if (!isFile) {
    file.close();
    return undefined;
  }
  return {
    size,
    modified: mtime?.getTime(),
    read: async (target) => await file.read(target) ?? 0,
    close: once(() => Promise.resolve(file.close())),
  };
}

async function openInNode(path: string | URL): Promise<OpenFile | undefined> {
  const { open, stat } = process.getBuiltinModule("node:fs/promises");
  if (!(await stat(path)).isFile()) return undefined;
  const file = await open(path);
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    return undefined;
  }
  return {
    size: stats.size,
    modified: Math.floor(stats.mtimeMs),
    read: async (target) =>
      (await file.read(target, 0, target.length, null)).bytesRead,
    close: once(() => file.close()),
  };
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closed = false;
  return async () => {
    if (closed) return;
    closed = true;
    await close();
  };
}

/** A source of bytes that are read into the caller's buffers. */
export interface ByteSource {
  /** Fills `target` at least partly, and returns the number of bytes; 0 at the end. */
  read(target: Uint8Array): Promise<number>;
  /** Called when reading ends, with the reason if it ends early. */
  close(reason?: unknown): Promise<void>;
}

/** A file that is read from the start. Closing it twice is fine. */
export interface OpenFile extends ByteSource {
  /** In bytes. */
  readonly size: number;
  /** The modification time in whole ms since 1970, if known. */
  readonly modified: number | undefined;
}

/**
 * Opens a file; `undefined` if there is none. Doesn't open pipes and devices, since that
 * might block forever. In Deno, `node:fs` would cost 12 MB and a tenth of a command's
 * time.
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
 * Reads a source to its end, and closes it; `null` if it has more than `limit` bytes. Its
 * expected size is `size`. Reading the file as a stream would cost 6 ms and 1 MB.
 */
export async function readByteSource(
  source: ByteSource,
  size: number,
  limit: number,
): Promise<Uint8Array | null> {
  try {
    // One extra byte, to detect the end without growing.
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

/** Whether an error of Deno or Node means that the file doesn't exist. */
export function isNotFound(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG";
}

/** Opens a file. If there is none, returns the kind of entry; `undefined` if unknown. */
export async function openFileOrKind(
  path: string | URL,
): Promise<OpenFile | Awaited<ReturnType<typeof kindAt>>> {
  const file = await openFile(path).catch((error) => {
    if (error instanceof TypeError) return undefined;
    throw error;
  });
  return file ?? await kindAt(path).catch(() => undefined);
}

/** The kind of entry at a path that isn't a file. */
export async function kindAt(
  path: string | URL,
): Promise<"folder" | "pipe or device" | undefined> {
  try {
    const isFolder = typeof Deno !== "undefined"
      ? (await Deno.stat(path)).isDirectory
      : (await process.getBuiltinModule("node:fs/promises").stat(path))
        .isDirectory();
    return isFolder ? "folder" : "pipe or device";
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

import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:net";

/** A file lock held by this process. */
export interface Lock {
  release(): void;
}

/**
 * Locks an open file; `undefined` if another process holds the lock. Node can't lock
 * files, so this uses another exclusive resource that ends with the process: on Linux and
 * Windows a socket or pipe named after the file's device and inode, on macOS an open with
 * O_EXLOCK. Only the one on macOS is compatible with Deno's locks.
 *
 * @throws On systems without any of these.
 */
export async function lockFile(
  path: string,
  descriptor: number,
): Promise<Lock | undefined> {
  const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
  switch (process.platform) {
    case "linux":
    case "android":
      // An abstract socket, which needs no file.
      return await lockName(`\0totem-${dev}-${ino}`);
    case "win32":
      return await lockName(`\\\\.\\pipe\\totem-${dev}-${ino}`);
    case "darwin":
      return lockByOpening(path);
    default:
      throw new Error(`Cannot lock files on ${process.platform}`);
  }
}

async function lockName(name: string): Promise<Lock | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen(name);
    await once(server, "listening");
  } catch (error) {
    if ((error as { code?: unknown }).code === "EADDRINUSE") return undefined;
    throw error;
  }
  return { release: () => void server.close() };
}

/** From macOS's `fcntl.h`. */
const O_NONBLOCK = 0x4;
const O_EXLOCK = 0x20;

function lockByOpening(path: string): Lock | undefined {
  try {
    const descriptor = fs.openSync(path, O_NONBLOCK | O_EXLOCK);
    return { release: () => fs.closeSync(descriptor) };
  } catch (error) {
    if ((error as { code?: unknown }).code === "EAGAIN") return undefined;
    throw error;
  }
}

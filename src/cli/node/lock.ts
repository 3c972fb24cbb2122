import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:net";

/** A file's lock, which this process has. */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock of an open file, `undefined` where another process has it. Node can't
 * lock files, so the lock is something else that one process alone can have and that
 * ends with it: on Linux and Windows a socket or pipe named after the file's device and
 * inode, on macOS a lock that opening takes. Deno's locks are others, except on macOS.
 *
 * @throws On systems that have none of these.
 */
export async function lockFile(
  path: string,
  descriptor: number,
): Promise<Lock | undefined> {
  const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
  switch (process.platform) {
    case "linux":
    case "android":
      // An abstract socket: no file stands for it.
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

/** Of macOS's `fcntl.h`. */
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

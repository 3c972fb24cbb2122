import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { devNull } from "node:os";
import type { Address, Connection, Listener } from "../system.ts";

/**
 * Listens like `Deno.listen`, accepting connections on demand.
 *
 * @throws The system's error when it can't listen at the address.
 */
export async function listen({ hostname, port }: Address): Promise<Listener> {
  // Nothing is read from a connection until requested. The other side may close its write
  // side and still wait for a response.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen({ host: hostname, port });
  await once(server, "listening");
  return listenerOf(server);
}

function listenerOf(server: Server): Listener {
  const { address, port } = server.address() as {
    readonly address: string;
    readonly port: number;
  };
  /** Sockets not yet accepted, and pending calls of `accept()`. */
  const come: Socket[] = [];
  const waiting: Waiting[] = [];
  server.on("connection", (socket) => {
    // Reads and writes report the error.
    socket.on("error", () => {});
    const shortage = descriptorShortage();
    if (shortage) {
      socket.destroy();
      fail(shortage);
      return;
    }
    const next = waiting.shift();
    if (next) next.resolve(connectionOf(socket));
    else come.push(socket);
  });
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  server.on("error", fail);
  return {
    addr: { hostname: address, port },
    accept: () =>
      new Promise((resolve, reject) => {
        const socket = come.shift();
        if (socket) resolve(connectionOf(socket));
        else if (!server.listening) reject(new Error("Listens no more"));
        else waiting.push({ resolve, reject });
      }),
    close() {
      server.close();
      for (const socket of come.splice(0)) socket.destroy();
      fail(new Error("Listens no more"));
    },
  };
}

interface Waiting {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The error for missing descriptors, once a connection has used the last one. Node
 * silently closes connections after that.
 */
function descriptorShortage(): Error | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "EMFILE" && code !== "ENFILE") return undefined;
    return Object.assign(new Error("Too many open files"), { code });
  }
}

function connectionOf(socket: Socket): Connection {
  const { remoteAddress = "", remotePort = 0 } = socket;
  return {
    remoteAddr: { hostname: remoteAddress, port: remotePort },
    async read(bytes) {
      for (;;) {
        assertOpen(socket);
        const ready = Math.min(bytes.length, socket.readableLength);
        const part: Uint8Array | null = ready > 0 ? socket.read(ready) : null;
        if (part !== null) {
          bytes.set(part);
          return part.length;
        }
        if (socket.readableEnded) return null;
        await nextOf(socket, ["readable", "end", "close"]);
      }
    },
    write(bytes) {
      return new Promise((resolve, reject) =>
        socket.write(
          bytes,
          (error) => error ? reject(error) : resolve(bytes.length),
        )
      );
    },
    closeWrite() {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) reject(brokenOff(socket));
        else socket.end(resolve);
      });
    },
    setNoDelay: () => void socket.setNoDelay(),
    close: () => void socket.destroy(),
  };
}

/** Resolves on the first of several events. */
function nextOf(socket: Socket, names: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of names) socket.off(name, done);
      resolve();
    };
    for (const name of names) socket.on(name, done);
    // Triggers a read if nothing is buffered.
    if (socket.readableLength === 0) socket.read(0);
  });
}

/** @throws The error that ended the connection prematurely. */
function assertOpen(socket: Socket): void {
  if (socket.destroyed && !socket.readableEnded) throw brokenOff(socket);
}

function brokenOff({ errored }: Socket): Error {
  return errored ?? new Error("The connection is closed");
}

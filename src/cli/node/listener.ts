import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { devNull } from "node:os";
import type { Address, Connection, Listener } from "../system.ts";

/**
 * Listens as `Deno.listen` does: connections are there when they are asked for.
 *
 * @throws What the system says when it can't listen there.
 */
export async function listen({ hostname, port }: Address): Promise<Listener> {
  // Nothing is read of a connection before its reader asks. The other side may have
  // sent all, and still waits for its answer.
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
  /** Sockets that nobody has accepted yet, and calls of `accept()` that wait for one. */
  const come: Socket[] = [];
  const waiting: Waiting[] = [];
  server.on("connection", (socket) => {
    // Reads and writes report what goes wrong with it.
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
 * The error that there are no descriptors left, once a connection has taken the last
 * one. Node closes those that come after it without a word.
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

/** Resolves at the first of some events. */
function nextOf(socket: Socket, names: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of names) socket.off(name, done);
      resolve();
    };
    for (const name of names) socket.on(name, done);
    // It looks for more when it is asked to read while there is nothing.
    if (socket.readableLength === 0) socket.read(0);
  });
}

/** @throws What ended the connection, when it was broken off. */
function assertOpen(socket: Socket): void {
  if (socket.destroyed && !socket.readableEnded) throw brokenOff(socket);
}

function brokenOff({ errored }: Socket): Error {
  return errored ?? new Error("The connection is closed");
}

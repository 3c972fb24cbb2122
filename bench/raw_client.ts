import { connect } from "node:net";

/** A connection on which a client writes what it likes. */
export interface RawClient extends Disposable {
  write(data: string | Uint8Array): void;
  /** What has come so far. */
  answer(): string;
  /** Resolves when the connection is closed, for whatever reason. */
  readonly closed: Promise<void>;
}

/**
 * Opens a connection to a server on this machine.
 *
 * @param from The address that it comes from: on Linux any of 127.0.0.0/8, elsewhere
 *   it is 127.0.0.1.
 */
export function rawClient(port: number, from: string): Promise<RawClient> {
  const localAddress = Deno.build.os === "linux" ? from : "127.0.0.1";
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => answer += text);
  socket.on("end", () => socket.destroy());
  socket.on("error", () => {});
  socket.on("close", () => resolve());
  const client: RawClient = {
    write: (data) => void (socket.writable && socket.write(data)),
    answer: () => answer,
    closed,
    [Symbol.dispose]: () => void socket.destroy(),
  };
  return new Promise((resolve) => {
    socket.on("connect", () => resolve(client));
    socket.on("close", () => resolve(client));
  });
}

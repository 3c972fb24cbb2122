import { connect } from "node:net";

/** A connection that sends arbitrary bytes. */
export interface RawClient extends Disposable {
  write(data: string | Uint8Array): void;
  /** Everything received so far. */
  answer(): string;
  /** Resolves when the connection closes, for any reason. */
  readonly closed: Promise<void>;
}

/**
 * Opens a connection to a server on this machine.
 *
 * @param from The client's address: on Linux any of 127.0.0.0/8, elsewhere always
 * 127.0.0.1.
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

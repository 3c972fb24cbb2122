/**
 * A robust HTTP/1.1 server: it limits connections and sets deadlines for them.
 * `Deno.serve` does neither, and ends the process when descriptors run out. The listener
 * of `node:http` then stops listening for good. So this module accepts connections
 * itself, and `node:http` only parses their requests.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { ConnectionStream } from "./connection_stream.ts";
import { type Address, type Connection, system } from "../system.ts";

export interface HttpServer {
  readonly addr: Address;
  /** The number of open connections. */
  readonly connections: number;
  /**
   * Stops listening, closes idle connections, and the others after their response, or
   * after `ms` at the latest. Resolves when all are closed.
   */
  close(ms: number): Promise<void>;
}

/** The address, limits and handler of a server. */
export interface HttpOptions {
  readonly hostname: string;
  readonly port: number;
  readonly limits: ConnectionLimits;
  readonly handler: (
    request: Request,
    info: { readonly remoteAddr: Address },
  ) => Promise<Response>;
  /** Called with messages for the operator. */
  readonly onEvent: (message: string) => void;
}

/** The interval for checking deadlines, in ms. */
const SWEEP_MS = 500;

/**
 * Requires a Deno whose `node:http` parses requests from any stream, as Node's does.
 * `undefined` means another runtime.
 *
 * @throws {RangeError} When the version is older.
 */
export function assertDeno(version: string | undefined): void {
  if (version === undefined) return;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 8)) return;
  throw new RangeError(
    `Cannot serve on Deno ${version} as it must be 2.8 or later`,
  );
}

/** @throws The system's error when it can't listen at the address. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { hostname, port, limits, handler, onEvent } = options;
  const listener = await system.listen({ hostname, port });
  const abort = (stream: ConnectionStream) => stream.abort();
  const open = new Connections(limits, abort);
  let closing = false;
  let whenEmpty = () => {};
  /** Responses on a connection are sent in order. */
  const turns = new WeakMap<ConnectionStream, Promise<void>>();

  const parser = createServer({
    // This module has its own deadlines. Node's only run while its own server listens.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
  });
  // Otherwise Deno considers it closed, and closes connections after one response.
  Object.defineProperty(parser, "listening", { get: () => !closing });
  const onRequest = (message: IncomingMessage, response: ServerResponse) => {
    const stream = message.socket as unknown as ConnectionStream;
    const before = turns.get(stream) ?? Promise.resolve();
    stream.beginRequest();
    const turn = before.then(() => answer(stream, message, response))
      // If the response can't be written, there is no way to report it.
      .catch(() => stream.abort())
      .finally(() => stream.endRequest());
    turns.set(stream, turn);
  };
  parser.on("request", onRequest);
  // 100 Continue is sent when the body is first read. A rejected request needn't send it.
  parser.on("checkContinue", onRequest);

  async function answer(
    stream: ConnectionStream,
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    // The client disconnected while waiting.
    if (stream.destroyed) return;
    open.enter(stream, "body");
    const onBody = () => open.enter(stream, "busy");
    message.once("end", onBody);
    const hangUp = new AbortController();
    const closed = new Promise<void>((resolve) => {
      response.once("close", resolve);
      if (response.destroyed) resolve();
    });
    void closed.then(() => response.writableFinished || hangUp.abort());
    const { status, headers, body } = await handler(
      requestOf(message, response, hangUp.signal),
      { remoteAddr: stream.remoteAddr },
    );
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    message.off("end", onBody);
    open.enter(stream, "busy");
    // Doesn't wait for the unread rest of a body.
    if (closing || !message.complete) response.shouldKeepAlive = false;
    if (!response.destroyed) {
      if (body) headers.set("Content-Length", `${bytes.length}`);
      response.writeHead(status, [...headers].flat());
      response.end(bytes);
    }
    await closed;
    open.enter(stream, "idle");
  }

  function accept(connection: Connection): void {
    const stream = new ConnectionStream(connection, {
      onBytes: () => open.receive(stream),
      onClosed() {
        open.remove(stream);
        if (open.size === 0) whenEmpty();
      },
    });
    const { hostname } = connection.remoteAddr;
    if (open.admit(stream, hostname)) parser.emit("connection", stream);
    else stream.abort();
  }

  async function acceptAll(): Promise<void> {
    let pause = 0;
    while (!closing) {
      try {
        accept(await listener.accept());
        pause = 0;
      } catch (error) {
        if (closing) return;
        if (isOutOfDescriptors(error)) {
          const { most } = open;
          open.lower();
          if (open.most < most) {
            const reason = error instanceof Error ? error.message : error;
            onEvent(`${reason}: ${open.most} connections at most now`);
          }
        }
        pause = Math.min(1000, 2 * pause + 10);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  const sweep = setInterval(() => open.closeLate(), SWEEP_MS);
  void acceptAll();
  return {
    addr: listener.addr,
    get connections() {
      return open.size;
    },
    async close(ms) {
      if (!closing) listener.close();
      closing = true;
      open.closeIdle();
      const empty = new Promise<void>((resolve) => whenEmpty = resolve);
      if (open.size === 0) whenEmpty();
      const timer = setTimeout(() => open.closeAll(), ms);
      await empty;
      clearTimeout(timer);
      clearInterval(sweep);
    },
  };
}

/** In the process, or on the whole machine. */
function isOutOfDescriptors(error: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes((error as { code?: string }).code ?? "");
}

/**
 * Converts a request for handlers. The body is read from `message` on demand. If the
 * client waits for 100 Continue, `response` sends it first.
 */
function requestOf(
  message: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Request {
  const { method = "GET", rawHeaders } = message;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  const hasBody = method !== "GET" && method !== "HEAD" &&
    (headers.has("Transfer-Encoding") ||
      Number(headers.get("Content-Length") ?? 0) > 0);
  const request = new Request("http://localhost", {
    method: hasBody ? "POST" : "GET",
    headers,
    body: hasBody ? bodyOf(message, response) : null,
    // Node requires this for a streamed body.
    duplex: "half",
    signal,
  } as RequestInit);
  // The constructor would throw for methods and URLs that the handler must respond to.
  return Object.defineProperties(request, {
    method: { value: method },
    url: { value: addressOf(message.url ?? "", headers.get("Host")) },
  });
}

/** The request's URL, with the host as sent by the client. Two hosts make it invalid. */
function addressOf(target: string, host: string | null): string {
  return target.startsWith("/")
    ? `http://${host ?? "localhost"}${target}`
    : target;
}

function bodyOf(
  message: IncomingMessage,
  response: ServerResponse,
): ReadableStream<Uint8Array> {
  // Ending the body must not close the connection, which still needs the response.
  const parts = message.iterator({ destroyOnReturn: false });
  let isAsked = message.headers.expect === undefined;
  return new ReadableStream({
    async pull(controller) {
      if (!isAsked) response.writeContinue();
      isAsked = true;
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    cancel: async () => void await parts.return?.(),
  }, { highWaterMark: 0 });
}

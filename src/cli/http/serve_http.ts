/**
 * An HTTP/1.1 server that stays up: with bounds on its connections and deadlines for
 * them. `Deno.serve` has neither, and without descriptors it ends the process; the
 * listener of `node:http` stops listening for ever then. So connections are accepted
 * here, and `node:http` reads the requests from them.
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
  /** How many connections are open. */
  readonly connections: number;
  /**
   * Listens no more, closes idle connections, and the others when they have their
   * answer: at the latest after `ms`. Resolves when there is none any more.
   */
  close(ms: number): Promise<void>;
}

/** What to serve, and within which limits. */
export interface HttpOptions {
  readonly hostname: string;
  readonly port: number;
  readonly limits: ConnectionLimits;
  readonly handler: (
    request: Request,
    info: { readonly remoteAddr: Address },
  ) => Promise<Response>;
  /** Called with what an operator should know. */
  readonly onEvent: (message: string) => void;
}

/** How often deadlines are looked at, in ms. */
const SWEEP_MS = 500;

/**
 * Expects a Deno whose `node:http` reads requests from any stream, as Node's does, or no
 * Deno at all: `undefined`.
 *
 * @throws {RangeError} When it is older.
 */
export function assertDeno(version: string | undefined): void {
  if (version === undefined) return;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 8)) return;
  throw new RangeError(
    `Cannot serve on Deno ${version} as it must be 2.8 or later`,
  );
}

/** @throws What the system says when it can't listen there. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { hostname, port, limits, handler, onEvent } = options;
  const listener = await system.listen({ hostname, port });
  const abort = (stream: ConnectionStream) => stream.abort();
  const open = new Connections(limits, abort);
  let closing = false;
  let whenEmpty = () => {};
  /** Answers that are due on a connection go out in order. */
  const turns = new WeakMap<ConnectionStream, Promise<void>>();

  const parser = createServer({
    // The deadlines are ours: node's begin with its own listening.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
  });
  // Or Deno takes it for closed, and closes connections after one answer.
  Object.defineProperty(parser, "listening", { get: () => !closing });
  const onRequest = (message: IncomingMessage, response: ServerResponse) => {
    const stream = message.socket as unknown as ConnectionStream;
    const before = turns.get(stream) ?? Promise.resolve();
    stream.beginRequest();
    const turn = before.then(() => answer(stream, message, response))
      // Nothing is to be told on a connection whose answer can't be written.
      .catch(() => stream.abort())
      .finally(() => stream.endRequest());
    turns.set(stream, turn);
  };
  parser.on("request", onRequest);
  // The body is asked for when it is read: a refusal spares it.
  parser.on("checkContinue", onRequest);

  async function answer(
    stream: ConnectionStream,
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    // The client left before its turn.
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
    // What isn't read of a body isn't waited for.
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

/** Of the process, or of the whole machine. */
function isOutOfDescriptors(error: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes((error as { code?: string }).code ?? "");
}

/**
 * A request as handlers take it. The body is read from `message` when it is asked for,
 * and asked for by `response` where the client waits for that.
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
    // Node wants to be told that the answer may come before the body's end.
    duplex: "half",
    signal,
  } as RequestInit);
  // The constructor throws at methods and addresses that the handler is to answer.
  return Object.defineProperties(request, {
    method: { value: method },
    url: { value: addressOf(message.url ?? "", headers.get("Host")) },
  });
}

/** Its address, of which the client says the host; two hosts make none. */
function addressOf(target: string, host: string | null): string {
  return target.startsWith("/")
    ? `http://${host ?? "localhost"}${target}`
    : target;
}

function bodyOf(
  message: IncomingMessage,
  response: ServerResponse,
): ReadableStream<Uint8Array> {
  // Its end mustn't be the connection's, on which there is an answer to come.
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

import { freePort } from "../long/brokers/broker_server.ts";

/** Responds to a request. */
export type Answering = (
  request: Request,
  /** The number of earlier requests for this path. */
  before: number,
) => Response | Promise<Response>;

/** An image server that misbehaves on demand. */
export interface ImageServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The requested paths, in order. */
  readonly asked: readonly string[];
}

/** @param answer The responses by path. */
export function imageServer(
  answers: Readonly<Record<string, Answering>>,
): ImageServer {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const before = asked.filter((it) => it === pathname).length;
      asked.push(pathname);
      const answer = answers[pathname];
      return await answer?.(request, before) ??
        new Response("none", { status: 404 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A URL where nothing listens. */
export function refusingUrl(): string {
  return `http://127.0.0.1:${freePort()}/a.jpg`;
}

/** A server that sends a fixed text and then closes the connection. */
export function rawServer(
  text: string,
): AsyncDisposable & { readonly url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096)).catch(() => {});
      await connection.write(new TextEncoder().encode(text)).catch(() => {});
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/a.jpg`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

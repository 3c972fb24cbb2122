/** What a server answers: a response, or a number of answers one after the other. */
export type Answering = (
  request: Request,
  /** How many requests of this path came before. */
  before: number,
) => Response | Promise<Response>;

/** A server of images that misbehaves as it is told. */
export interface ImageServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly asked: readonly string[];
}

/** @param answer By the path. */
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

/** An address at which nothing listens. */
export function refusingUrl(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}/a.jpg`;
}

/** A server that sends a text whatever is asked, and hangs up. */
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

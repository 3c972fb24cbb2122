/** A server without files, which counts the requests. */
export function emptyServer(): AsyncDisposable & {
  readonly address: string;
  readonly requests: number;
} {
  let requests = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => {
      requests++;
      return new Response(null, { status: 404 });
    },
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}/`,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A file, and how the server sends it. */
export interface Served {
  bytes: Uint8Array<ArrayBuffer>;
  etag?: string | undefined;
  /** The connection breaks after this many bytes of a response. */
  cutAfter?: number | undefined;
  /** Replaces the correct response. */
  answer?: ((request: Request) => Response | undefined) | undefined;
}

/** A local server, which disposing stops. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** The range and if-range headers of each request, in order. */
  readonly requests: { range: string | null; ifRange: string | null }[];
}

/** Serves one file at every path, with ranges as in RFC 9110. */
export function serveFile(file: Served): FileServer {
  const requests: FileServer["requests"] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    onError: () => new Response(null, { status: 500 }),
  }, (request) => {
    const range = request.headers.get("range");
    const ifRange = request.headers.get("if-range");
    requests.push({ range, ifRange });
    return file.answer?.(request) ?? answer(file, range, ifRange);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/model.safetensors`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function answer(
  { bytes, etag, cutAfter }: Served,
  range: string | null,
  ifRange: string | null,
): Response {
  const headers = new Headers();
  if (etag) headers.set("etag", etag);
  const valid = ifRange === null || ifRange === etag;
  const start = valid && range ? Number(range.match(/^bytes=(\d+)-$/)![1]) : 0;
  if (start >= bytes.length) {
    headers.set("content-range", `bytes */${bytes.length}`);
    return new Response(null, { status: 416, headers });
  }
  if (start > 0) {
    const end = bytes.length - 1;
    headers.set("content-range", `bytes ${start}-${end}/${bytes.length}`);
  }
  const body = bytes.subarray(start);
  headers.set("content-length", `${body.length}`);
  return new Response(cutAfter === undefined ? body : cut(body, cutAfter), {
    status: start > 0 ? 206 : 200,
    headers,
  });
}

/** The first bytes of `body`, with a premature end of the stream. */
function cut(body: Uint8Array, after: number): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) controller.enqueue(body.slice(0, after));
      else {
        // The data must arrive before the connection closes.
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close();
      }
      sent = true;
    },
  }, { highWaterMark: 0 });
}

import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * A request as handlers take it. The body is read from `message` when it is asked for,
 * and asked for by `response` where the client waits for that.
 */
export function requestOf(
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

import assert from "node:assert/strict";
import {
  assertDeno,
  type HttpServer,
  serveHttp,
} from "../../../src/cli/http/serve_http.ts";
import type { ConnectionLimits } from "../../../src/cli/http/connections.ts";

const LIMITS = {
  connections: 20,
  perAddress: 20,
  head: 2 ** 30,
  idle: 2 ** 30,
};

async function serve(
  handler: (request: Request) => Promise<Response> | Response,
  limits: Partial<ConnectionLimits> = {},
): Promise<HttpServer & AsyncDisposable & { readonly url: string }> {
  const server = await serveHttp({
    hostname: "127.0.0.1",
    port: 0,
    limits: { ...LIMITS, ...limits },
    handler: async (request) => await handler(request),
    onEvent() {},
  });
  return Object.assign(server, {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.close(0),
  });
}

/** Responds with the request's method, address, headers and body. */
async function echo(request: Request): Promise<Response> {
  const { method, url, headers } = request;
  const body = await request.text();
  return Response.json({ method, url, headers: [...headers], body });
}

/** Sends text and returns everything received until the server closes. */
async function send(
  { addr }: HttpServer,
  text: string,
  until: (answer: string) => boolean = () => false,
): Promise<string> {
  const { port } = addr;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(2 ** 16);
  let answer = "";
  while (!until(answer)) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    answer += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return answer;
}

Deno.test("a request and its answer pass unchanged, on one connection after the other", async () => {
  await using server = await serve(echo);
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${server.url}/a%20b//c?d=e`, {
      method: "POST",
      headers: { "X-Latin": "\xe4" },
      body: "x".repeat(200_000),
    });
    const { method, url, headers, body } = await response.json();
    assert.equal(method, "POST");
    assert.equal(url, `${server.url}/a%20b//c?d=e`);
    assert.equal(new Headers(headers).get("x-latin"), "\xe4");
    assert.equal(body.length, 200_000);
  }
  assert.equal(server.connections, 1);
});

Deno.test("requests that are sent at once are answered one after the other, in order", async () => {
  let concurrency = 0;
  let most = 0;
  await using server = await serve(async (request) => {
    most = Math.max(most, ++concurrency);
    await new Promise((resolve) => setTimeout(resolve));
    concurrency--;
    return new Response(new URL(request.url).pathname);
  });
  const count = 300;
  const head = (i: number) =>
    `GET /${i} HTTP/1.1\r\nHost: a\r\n${
      i === count - 1 ? "Connection: close\r\n" : ""
    }\r\n`;
  const answer = await send(
    server,
    Array.from({ length: count }, (_, i) => head(i)).join(""),
  );
  const bodies = [...answer.matchAll(/\r\n\r\n\/(\d+)/g)].map((it) => it[1]);
  assert.deepEqual(bodies, Array.from({ length: count }, (_, i) => `${i}`));
  assert.equal(most, 1);
});

Deno.test("what isn't plain HTTP/1.1 is refused before the handler", async () => {
  const asked: string[] = [];
  await using server = await serve(({ method, headers }) => {
    asked.push(`${method} ${[...headers].join("; ")}`);
    return new Response();
  });
  const post = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (
    const text of [
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
      `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${post}Content-Length: -1\r\n\r\n`,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01",
    ]
  ) {
    assert.match(
      await send(server, text),
      /^HTTP\/1.1 4\d\d /,
      text.slice(0, 90),
    );
  }
  assert.deepEqual(asked, []);
});

Deno.test("heads that don't end are closed, and so is what says nothing", async () => {
  await using server = await serve(echo, { head: 50 });
  const held = ["", "GET / HTTP/1.1\r\nHost: a\r\nX: "].map((text) =>
    send(server, text)
  );
  assert.deepEqual(await Promise.all(held), ["", ""]);
  assert.equal(server.connections, 0);
});

Deno.test("a connection on which nothing is asked any more is closed", async () => {
  await using server = await serve(echo, { idle: 50 });
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  for (const text of [get, post, `${get}${post}${get}`]) {
    assert.match(await send(server, text), /^HTTP\/1.1 200 [^]*\}$/);
  }
  assert.equal(server.connections, 0);
});

Deno.test("a client that comes when all connections are held is answered", async () => {
  await using server = await serve(echo);
  const { port } = server.addr;
  const held = await Promise.all(
    Array.from(
      { length: 60 },
      () => Deno.connect({ hostname: "127.0.0.1", port }),
    ),
  );
  const response = await fetch(server.url);
  assert.equal((await response.json()).method, "GET");
  assert.ok(server.connections <= 20);
  for (const it of held) it.close();
});

Deno.test("a refusal arrives although its body isn't read, and ends the connection", async () => {
  await using server = await serve(() => new Response("no", { status: 413 }));
  const response = await fetch(server.url, {
    method: "POST",
    body: new Uint8Array(2 ** 22),
  });
  assert.equal(response.status, 413);
  assert.equal(response.headers.get("connection"), "close");
  assert.equal(await response.text(), "no");
});

Deno.test("who asks whether to send is told to when the body is read, and not before", async () => {
  await using server = await serve((request) =>
    new URL(request.url).pathname === "/read"
      ? echo(request)
      : new Response(null, { status: 413 })
  );
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
  assert.match(await send(server, head("/no")), /^HTTP\/1.1 413 /);
  const answer = await send(server, head("/read"), (it) => it.length > 0);
  assert.match(answer, /^HTTP\/1.1 100 /);
});

Deno.test("the handler learns that a client has hung up", async () => {
  const hungUp = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = await serve(async ({ signal }) => {
    signal.addEventListener("abort", () => hungUp.resolve());
    asked.resolve();
    await hungUp.promise;
    return new Response();
  });
  const controller = new AbortController();
  const response = fetch(server.url, { signal: controller.signal });
  await asked.promise;
  controller.abort();
  await assert.rejects(response);
  await hungUp.promise;
});

Deno.test("close() gives the answers that are due, and ends though clients hold on", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const server = await serve(() => {
    asked.resolve();
    return answer.promise;
  });
  const { port } = server.addr;
  using _idle = await Deno.connect({ hostname: "127.0.0.1", port });
  using half = await Deno.connect({ hostname: "127.0.0.1", port });
  await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
  const response = fetch(server.url);
  await asked.promise;
  const closed = server.close(60_000);
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }));
  answer.resolve(new Response("last"));
  assert.equal(await (await response).text(), "last");
  await closed;

  const stuck = await serve(() => new Promise<Response>(() => {}));
  const broken = assert.rejects(fetch(stuck.url));
  while (stuck.connections === 0) await new Promise((it) => setTimeout(it, 1));
  await stuck.close(1);
  await broken;
});

Deno.test("a Deno that would close every connection is refused", () => {
  for (const it of ["2.8.0", "2.10.1", "3.0.0", "2.9.6+abc"]) assertDeno(it);
  for (const it of ["1.46.3", "2.5.7", "2.7.14"]) {
    assert.throws(() => assertDeno(it), /must be 2\.8 or later/);
  }
});

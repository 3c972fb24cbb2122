import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { testInDeno, testOnce as test } from "./program.ts";
import { serveHere, startServer, untilReady } from "./server_process.ts";
import { PHOTOS, totem, workFolder } from "./totem.ts";

const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);

Deno.test("totem serve answers as totem classify does, logs and counts it", async () => {
  await using folder = await workFolder();
  await using server = await startServer([
    ...folder.model,
    ...["--max-pixels", "1000000", "--max-memory", "9000000"],
  ]);
  await untilReady(server.url);
  const { limits } = await (await fetch(`${server.url}/model`)).json();
  assert.equal(limits.maxPixels, 1_000_000);
  assert.equal(limits.maxMemory, 9_000_000);
  const form = new FormData();
  form.append("image", new File([photo], "drum.jpg"));
  form.append("image", new File(["no image"], "note.txt"));
  const response = await fetch(`${server.url}/classify`, {
    method: "POST",
    body: form,
  });
  assert.equal(response.status, 200);
  const { images: [answer, refusal] } = await response.json();
  const args = ["--json", ...folder.model, `${PHOTOS}/drum.jpg`];
  const { classes } = JSON.parse((await run(["classify", ...args])).stdout);
  assert.deepEqual(answer, { name: "drum.jpg", classes });
  assert.equal(refusal.problem.status, 415);
  await (await fetch(`${server.url}/no/such/path`)).body?.cancel();

  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  for (
    const line of [
      'totem_requests_total{route="/classify",status="200"} 1',
      'totem_requests_total{route="other",status="404"} 1',
      'totem_request_duration_seconds_bucket{route="/classify",le="+Inf"} 1',
      'totem_request_duration_seconds_count{route="/classify"} 1',
      "totem_images_total 1",
      "totem_queue_length 0",
      "totem_images_running 0",
    ]
  ) {
    assert.ok(metrics.includes(`\n${line}\n`), line);
  }
  assert.match(metrics, /^process_resident_memory_bytes \d{8,}$/m);
  assert.match(
    server.log(),
    /^\S+Z POST \/classify 200 [\d.]+ ms, \d+ bytes, 1 image$/m,
  );

  // HTTP clients can't send this.
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(server.url).port),
  });
  await connection.write(
    new TextEncoder().encode("GET /model HTTP/1.1\r\nHost: a b\r\n\r\n"),
  );
  const answer400 = new Uint8Array(1000);
  await connection.read(answer400);
  assert.match(
    new TextDecoder().decode(answer400),
    /^HTTP\/1.1 400 [^]*"code":"bad-target"/,
  );

  server.kill("SIGTERM");
  assert.equal((await server.status).code, 0);
});

Deno.test("totem serve answers what is under way before it ends", async () => {
  await using folder = await workFolder();
  await using server = await serveHere([...folder.model, "--log", "json"]);
  await untilReady(server.url);
  let send = (_: Uint8Array | null) => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (bytes) => bytes ? controller.enqueue(bytes) : controller.close();
    },
  });
  const answer = fetch(`${server.url}/classify`, {
    method: "POST",
    headers: { "content-type": "image/jpeg" },
    body,
  });
  send(photo.subarray(0, 1000));
  const waiting = async () =>
    (await (await fetch(`${server.url}/metrics`)).text())
      .includes("totem_bodies_coming 1");
  while (!await waiting());
  server.kill("SIGINT");
  const refused = async () => {
    const response = await fetch(`${server.url}/readyz`);
    await response.body?.cancel();
    return response.status === 503;
  };
  while (!await refused());
  send(photo.subarray(1000));
  send(null);
  const response = await answer;
  assert.equal(response.status, 200);
  assert.ok((await response.json()).classes.length > 0);
  assert.equal((await server.status).code, 0);
  const lines = server.log().trim().split("\n").map((it) => JSON.parse(it));
  const { time: _, ms, ...entry } = lines.find((it) => it.method === "POST");
  assert.ok(ms > 0);
  assert.deepEqual(entry, {
    method: "POST",
    path: "/classify",
    status: 200,
    bytes: photo.length,
    images: 1,
  });
});

Deno.test("totem serve ends at once at a second signal", async () => {
  await using folder = await workFolder();
  await using server = await startServer(folder.model);
  await untilReady(server.url);
  const hung = fetch(`${server.url}/classify`, {
    method: "POST",
    headers: { "content-type": "image/jpeg" },
    body: new ReadableStream(),
  });
  const broken = assert.rejects(hung);
  while (
    !(await (await fetch(`${server.url}/metrics`)).text())
      .includes("totem_bodies_coming 1")
  );
  server.kill("SIGTERM");
  while (!server.log().includes("SIGTERM")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  server.kill("SIGTERM");
  assert.equal((await server.status).code, 1);
  await broken;
});

test("totem serve asks for the token in a file, for the metrics too", async () => {
  await using folder = await workFolder();
  const file = `${folder.path}/token`;
  await Deno.writeTextFile(file, "secret\n");
  await using server = await serveHere([
    ...folder.model,
    "--token-file",
    file,
  ]);
  await untilReady(server.url);
  for (const path of ["/model", "/metrics"]) {
    for (const [authorization, status] of [["", 401], ["Bearer secret", 200]]) {
      const response = await fetch(server.url + path, {
        headers: { authorization: `${authorization}` },
      });
      await response.body?.cancel();
      assert.equal(response.status, status);
    }
  }
});

test("totem serve --open-metrics asks for no token of /metrics, and it is answered as the others are", async () => {
  await using folder = await workFolder();
  const file = `${folder.path}/token`;
  await Deno.writeTextFile(file, "secret\n");
  await using server = await serveHere([
    ...folder.model,
    ...["--token-file", file, "--open-metrics"],
  ]);
  const response = await fetch(`${server.url}/metrics`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /^totem_connections 1$/m);
  const { headers } = response;
  assert.equal(headers.get("content-type"), "text/plain; version=0.0.4");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("cache-control"), "no-store");
  const head = await fetch(`${server.url}/metrics`, { method: "HEAD" });
  assert.ok(Number(head.headers.get("content-length")) > 1000);
  const model = await fetch(`${server.url}/model`);
  await model.body?.cancel();
  assert.equal(model.status, 401);
  assert.match(server.log(), /Z GET \/metrics 200 /);
});

Deno.test({
  name:
    "totem serve survives clients that hold more connections than it may open",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await workFolder();
    // Node opens half as many files at once while it loads the program.
    await using server = await startServer(
      [...folder.model, "--per-address", "300"],
      { descriptors: 200 },
    );
    await untilReady(server.url);
    const port = Number(new URL(server.url).port);
    const held: Deno.Conn[] = [];
    for (let i = 0; i < 300; i++) {
      held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    const ask = () =>
      fetch(`${server.url}/classify`, {
        method: "POST",
        headers: { "content-type": "image/jpeg" },
        body: photo,
      });
    // A runtime may reset connections until the server has made room.
    let response = await ask().catch(() => undefined);
    for (let i = 0; i < 1200 && response === undefined; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      response = await ask().catch(() => undefined);
    }
    assert.equal(response?.status, 200);
    assert.ok((await response!.json()).classes.length > 0);
    const told = /Too many open files.*: \d+ connections at most/;
    // A runtime may read requests before it accepts earlier connections.
    for (let i = 0; i < 3000 && !told.test(server.log()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match(server.log(), told);
    for (const it of held) it.close();
    server.kill("SIGTERM");
    assert.equal((await server.status).code, 0);
  },
});

Deno.test("totem serve ends after a signal whatever clients hold open", async () => {
  await using folder = await workFolder();
  await using server = await serveHere([...folder.model, "--deadline", "1"]);
  await untilReady(server.url);
  const port = Number(new URL(server.url).port);
  const encoder = new TextEncoder();
  const held: Deno.Conn[] = [];
  const post =
    "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n";
  for (
    const text of [
      "",
      post,
      `${post}\r\nab`,
      // A client that doesn't read the responses.
      "GET /model HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500),
    ]
  ) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    held.push(connection);
    await connection.write(encoder.encode(text));
  }
  // On a busy machine the time limit may pass before this is observed.
  while (
    !(await (await fetch(`${server.url}/metrics`)).text())
      .includes("totem_bodies_coming 1") && !server.log().includes(" 408 ")
  );
  server.kill("SIGTERM");
  assert.equal((await server.status).code, 0);
  assert.match(server.log(), / POST \/classify 408 /);
  for (const it of held) it.close();
});

testInDeno("totem serve names the permission that it lacks", async () => {
  const net = await totem(["serve"]);
  assert.equal(net.code, 1);
  assert.match(
    net.stderr,
    /^error Cannot go on without net access to 127\.0\.0\.1:8000: run again with --allow-net=127\.0\.0\.1:8000\n *The whole command: deno run .* --allow-net=127\.0\.0\.1:8000 \S+\/src\/cli\.ts serve\n$/,
  );
});

Deno.test("totem serve says that a port is taken", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = await run(["serve", "--port", `${listener.addr.port}`]);
  listener.close();
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /^error Cannot listen on 127\.0\.0\.1:\d+ as /);
});

test("totem serve says what can't be", async () => {
  await using folder = await workFolder();
  const model = await run(["serve", "--port", "0", "--model", "nsfl"]);
  assert.equal(model.code, 1);
  assert.match(model.stderr, /^error Cannot load the model "nsfl"/);

  const labels = await run(["serve", "--port", "0", "--labels", "none.txt"]);
  assert.equal(labels.code, 1);
  assert.match(labels.stderr, /^error Cannot read none\.txt: /);

  const empty = `${folder.path}/empty`;
  await Deno.writeTextFile(empty, "\n");
  for (
    const args of [
      ["--token-file", empty],
      ["--port", "http"],
      ["--queue", "-1"],
      ["--deadline", "0"],
      ["--log", "xml"],
      ["--connections", "0"],
      ["--per-address", "none"],
      ["--cors", "https://*.example.org"],
      ["photo.jpg"],
    ]
  ) {
    const made = await run(["serve", ...args]);
    assert.equal(made.code, 2, args.join(" "));
  }
});

import assert from "node:assert/strict";
import { load } from "../../mod.ts";
import { createHandler } from "../../src/server/mod.ts";
import { importModel } from "../layers_model.ts";
import { randomNumbers } from "../random.ts";
import { sendLoad } from "./load_clients.ts";

const FOLDER = new URL("../../examples/photos/", import.meta.url);
const MAX_BODY_BYTES = 2 ** 19;
const QUEUE = 4;

Deno.test("16 clients get right answers and the refusals that are due, and nobody more than the queue", async () => {
  using classifier = await load(await importModel(), {
    variant: 75,
    backend: "wasm",
  });
  const photos = [];
  for (const name of ["drum.jpg", "stream.jpg", "fig.jpg"]) {
    const bytes = await Deno.readFile(new URL(name, FOLDER));
    photos.push({ bytes, classes: await classifier.classify(bytes) });
  }
  let mostInside = 0;
  const statuses = new Set<number>();
  const handler = createHandler({
    classifier,
    queue: QUEUE,
    maxBodyBytes: MAX_BODY_BYTES,
    onRequest: ({ status }) => statuses.add(status),
  });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const answer = handler(request);
      const { waiting, running } = handler.status();
      mostInside = Math.max(mostInside, waiting + running);
      return answer;
    },
  );
  const random = randomNumbers(3);
  let images = 0;
  // If other work slows the machine down, the queue is full more often, and fewer
  // images are answered.
  for (let round = 0; images <= 20; round++) {
    assert.ok(round < 5, `${images} images`);
    const report = await sendLoad({
      url: `http://127.0.0.1:${server.addr.port}`,
      photos,
      clients: 16,
      requests: 60,
      // It takes as long as the deadline.
      without: "body that never ends",
      maxBodyBytes: MAX_BODY_BYTES,
      random,
    });
    assert.deepEqual(report.wrong, []);
    assert.equal([...report.counts.values()].reduce((a, b) => a + b), 60);
    images += report.images;
  }
  await handler.drain();
  assert.ok(mostInside <= QUEUE + 1, `${mostInside} were inside`);
  for (const status of [200, 413, 415, 422]) {
    assert.ok(statuses.delete(status), `no ${status}`);
  }
  // Clients hang up while they send or wait.
  for (const status of [400, 499, 503]) statuses.delete(status);
  assert.deepEqual([...statuses], []);
});

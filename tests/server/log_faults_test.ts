import assert from "node:assert/strict";
import {
  DecoderUnavailableError,
  type ImageSource,
  load,
  StorageError,
} from "../../mod.ts";
import { createHandler } from "../../src/server/mod.ts";
import { manualClassifier, PHOTO, request } from "./serve.ts";

/** The output of `run` to `console.error`. */
async function written(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const { error } = console;
  console.error = (...values: unknown[]) => void lines.push(values.join(" "));
  try {
    await run();
  } finally {
    console.error = error;
  }
  return lines;
}

const ask = (path = "/classify") =>
  request(path, path === "/classify" ? { body: PHOTO } : {});

Deno.test("a model that can't be loaded is written once, with its reason and without secrets", async () => {
  const site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 404 }),
  );
  const host = `127.0.0.1:${site.addr.port}`;
  const handler = createHandler({
    classifier: () =>
      load(`http://user:secret@${host}/model.safetensors?token=secret`),
  });
  const lines = await written(async () => {
    for (const path of ["/classify", "/classify", "/readyz", "/model"]) {
      assert.equal((await handler(ask(path))).status, 503);
    }
  });
  await site.shutdown();
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.ok(lines[0]!.startsWith("POST /classify 503: "), lines[0]);
  assert.ok(lines[0]!.includes(`http://${host}/model.safetensors?…`), lines[0]);
  assert.match(lines[0]!, /404/);
  assert.doesNotMatch(lines[0]!, /secret|log_faults_test/);
});

Deno.test("a missing permission is written with its flag, without a stack", async () => {
  const denied = new Deno.errors.NotCapable(
    'Requires net access to "registry.npmjs.org:443", run again with the --allow-net flag',
  );
  const handler = createHandler({ classifier: () => Promise.reject(denied) });
  const lines = await written(() => handler(ask()));
  assert.deepEqual(lines, [
    "POST /classify 503: Cannot go on without net access to registry.npmjs.org:443: run again with --allow-net=registry.npmjs.org",
  ]);
});

Deno.test("another reason is written again, and an unknown error with its stack", async () => {
  const reasons = [
    new StorageError("the first"),
    new StorageError("the second"),
    new StorageError("the first"),
    new Error("at https://user:secret@example.org/?key=secret"),
    "no \x1b[31mError",
  ];
  const handler = createHandler({
    classifier: () => Promise.reject(reasons.shift()),
  });
  const lines = await written(async () => {
    while (reasons.length > 0) await handler(ask());
  });
  assert.deepEqual(
    lines.map((it) => it.split("\n")[0]),
    [
      "the first",
      "the second",
      "the first",
      "Error: at https://example.org/?…",
      "no \ufffd[31mError", // Terminal escape sequences have no effect.
    ].map((it) => `POST /classify 503: ${it}`),
  );
  assert.match(lines[3]!, /log_faults_test/);
});

Deno.test("nothing is written of what clients do wrong, nor where onRequest is given", async () => {
  const classifier = manualClassifier();
  const lines = await written(async () => {
    const handler = createHandler(classifier);
    assert.equal((await handler(request("/nothing"))).status, 404);
    assert.equal((await handler(request("/classify"))).status, 405);
    const silent = createHandler({
      classifier: () => Promise.reject(new Error("no model")),
      onRequest() {},
    });
    assert.equal((await silent(ask())).status, 503);
  });
  assert.deepEqual(lines, []);
});

Deno.test("an image whose decoder is missing is refused in its place, and the reason is written", async () => {
  const heic = new DecoderUnavailableError("no libheif-js", "heic");
  const classifier = {
    ...manualClassifier({ concurrency: 2 }),
    classify: (image: ImageSource) =>
      (image as Uint8Array).length === 1
        ? Promise.reject(heic)
        : Promise.resolve([{ label: "drum", index: 0, probability: 1 }]),
  };
  const handler = createHandler(classifier);
  const form = new FormData();
  form.append("a", new Blob(["?"]), "a.heic");
  form.append("b", new Blob([PHOTO as BlobPart]), "b.jpg");
  const lines = await written(async () => {
    const alone = await handler(request("/classify", { body: "?" }));
    assert.equal(alone.status, 415);
    const response = await handler(request("/classify", { body: form }));
    assert.equal(response.status, 200);
    const { images } = await response.json();
    assert.equal(images[0].problem.code, "decoder-unavailable");
    assert.equal(
      images[0].problem.detail,
      "HEIC isn't decoded here: send JPEG",
    );
    assert.equal(images[1].classes[0].label, "drum");
  });
  assert.deepEqual(lines, ["POST /classify 415: no libheif-js"]);
});

import assert from "node:assert/strict";
import { load, NotFiniteError, readImageHeader } from "../../mod.ts";
import { createHandler, type RequestEntry } from "../../src/server/mod.ts";
import type { AnswerActivation } from "../../src/model/mod.ts";
import { importModel } from "../layers_model.ts";
import {
  formOf,
  manualClassifier,
  PHOTO,
  problemIn,
  request,
  until,
} from "./serve.ts";
import { manualClock } from "./manual_clock.ts";
import { blankPng } from "../examples/blank_png.ts";
import { animation } from "../image/animation/fixtures.ts";

const classifier = await load(await importModel(), {
  variant: 75,
  backend: "wasm",
});
const handler = createHandler(classifier);
const ANIMATION = animation("disposals.gif");

Deno.test("POST /classify answers an image with its likeliest classes", async () => {
  const response = await handler(request("/classify", { body: PHOTO }));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.match(
    response.headers.get("server-timing")!,
    /^decode;dur=\d+\.\d, resize;dur=\d+\.\d, inference;dur=\d+\.\d$/,
  );
  assert.deepEqual(await response.json(), {
    classes: await classifier.classify(PHOTO),
  });
});

Deno.test("POST /classify?top= says how many classes, at most all", async () => {
  for (const [top, count] of [[1, 1], [3, 3], ["9".repeat(400), 7]]) {
    const path = `/classify?top=${top}`;
    const response = await handler(request(path, { body: PHOTO }));
    assert.equal((await response.json()).classes.length, count);
  }
  for (const query of ["top=0", "top=-1", "top=", "top=1.5", "top=1&top=2"]) {
    const path = `/classify?${query}`;
    const response = await handler(request(path, { body: PHOTO }));
    assert.equal(response.status, 400, query);
  }
});

Deno.test("a parameter that a route doesn't have is refused", async () => {
  const should = "Should be one of: ";
  for (
    const [path, hint] of [
      ["/classify?treshold=0.9", '"treshold" here: did you mean threshold?'],
      ["/classify?top=1&a", `"a" here. ${should}top, threshold, frames`],
      ["/features?top=1", `"top" here. ${should}frames`],
    ] as const
  ) {
    const refused = await handler(request(path, { body: PHOTO }));
    const { status, code, detail } = await problemIn(refused);
    assert.deepEqual([status, code], [400, "unknown-parameter"]);
    assert.equal(detail, `There is no parameter ${hint}`);
  }
});

Deno.test("POST /classify?frames= answers for the frames of an animation, and for their mean", async () => {
  const headers = { "content-type": "image/gif" };
  for (const frames of [1, 3, 16]) {
    const path = `/classify?top=2&frames=${frames}`;
    const response = await handler(request(path, { body: ANIMATION, headers }));
    assert.equal(response.status, 200);
    const expected = await classifier.classifyFrames(ANIMATION, {
      frames,
      top: 2,
    });
    assert.deepEqual(await response.json(), expected);
  }
  const text = await handler(request("/classify?top=1&frames=3", {
    body: ANIMATION,
    headers: { ...headers, accept: "text/plain" },
  }));
  assert.match(await text.text(), /^ {0,2}\d+\.\d% {2}class \d\n$/);
  const features = await handler(
    request("/features?frames=3", { body: ANIMATION, headers }),
  );
  assert.deepEqual(await features.json(), {
    features: [...await classifier.features(ANIMATION, { frames: 3 })],
  });
});

Deno.test("POST /classify?frames= takes 1 to maxFrames", async () => {
  const few = createHandler({ classifier, maxFrames: 2 });
  const cases = [
    [handler, ["0", "17", "-1", "1.5", "", "1e1", "3&frames=3"], 16],
    [few, ["3", "16"], 2],
  ] as const;
  for (const [handler, wrong, most] of cases) {
    for (const frames of wrong) {
      for (const path of ["classify", "features"]) {
        const asked = `/${path}?frames=${frames}`;
        const response = await handler(request(asked, { body: PHOTO }));
        const { status, code, detail } = await problemIn(response);
        assert.deepEqual([status, code], [400, "bad-frames"], asked);
        assert.match(detail!, new RegExp(`from 1 to ${most}$`));
      }
    }
  }
  const response = await few(request("/classify?frames=2", { body: PHOTO }));
  assert.equal((await response.json()).frames.length, 1);
});

Deno.test("frames whose pixels are too many together are a 413 that says how many are decoded", async () => {
  // Ten frames on a canvas of 432 pixels.
  const small = createHandler({ classifier, maxPixels: 1000 });
  const image = createHandler({ classifier, maxPixels: 2160 });
  for (const [handler, status] of [[small, 413], [image, 200]] as const) {
    const path = "/classify?frames=10";
    const response = await handler(request(path, { body: ANIMATION }));
    assert.equal(response.status, status);
    if (status === 200) continue;
    const { detail } = await problemIn(response);
    assert.match(
      detail!,
      /^The frames to decode have \d{4} pixels together, and at most 4000 are allowed: ask for fewer frames$/,
    );
  }
});

Deno.test("a classifier without classifyFrames() answers with the mean of frames", async () => {
  const { labels, size, metadata, featureCount, concurrency } = classifier;
  const handler = createHandler({
    ...{ labels, size, metadata, featureCount, concurrency },
    backend: classifier.backend,
    activationBits: classifier.activationBits,
    classify: (image, options) => classifier.classify(image, options),
    features: (image, options) => classifier.features(image, options),
  });
  const path = "/classify?frames=3";
  const response = await handler(request(path, { body: ANIMATION }));
  assert.deepEqual(await response.json(), {
    classes: await classifier.classify(ANIMATION, { frames: 3 }),
  });
});

/** A server with the same weights and another activation. */
async function openWith(activation: AnswerActivation) {
  const network = await importModel();
  const architecture = { ...network.architecture, activation };
  const options = { variant: 75, backend: "wasm" } as const;
  const classifier = await load({ ...network, architecture }, options);
  return { classifier, handler: createHandler(classifier) };
}

Deno.test("POST /classify?threshold= leaves out less likely labels, and without it a sigmoid's below 0.5", async () => {
  const { classifier, handler } = await openWith("sigmoid");
  using _ = classifier;
  const ask = async (query: string, accept = "application/json") => {
    const headers = { accept };
    return await handler(
      request(`/classify${query}`, { body: PHOTO, headers }),
    );
  };
  const all = await classifier.classify(PHOTO, { threshold: 0 });
  const likely = all.filter(({ probability }) => probability >= 0.5);
  assert.equal(all.length, 7);
  assert.ok(likely.length > 0 && likely.length < 7);
  for (
    const [query, classes] of [
      ["", likely],
      ["?threshold=0", all],
      ["?threshold=0&top=1", all.slice(0, 1)],
      [`?threshold=${all[2]!.probability}`, all.slice(0, 3)],
      ["?threshold=1", []],
    ] as const
  ) {
    assert.deepEqual(await (await ask(query)).json(), { classes }, query);
  }
  const none = await ask("?threshold=0.999", "text/plain");
  assert.equal(await none.text(), "no label reaches 99.9%\n");
  const some = await ask("", "text/plain");
  assert.equal((await some.text()).split("\n").length, likely.length + 1);
  for (const value of ["", "50", "-1", "x", "0.5&threshold=0.6", "NaN"]) {
    const refused = await ask(`?threshold=${value}`);
    assert.equal(refused.status, 400);
    assert.equal((await problemIn(refused)).code, "bad-threshold");
  }
});

Deno.test("POST /classify of a model that gives logits answers with these", async () => {
  const { classifier, handler } = await openWith("none");
  using _ = classifier;
  const logits = await classifier.logits(PHOTO);
  const answer = await handler(request("/classify?top=7", { body: PHOTO }));
  const { classes } = await answer.json();
  assert.equal(classes.length, 7);
  for (const [i, { logit, index, label }] of classes.entries()) {
    assert.equal(logit, logits[index]);
    assert.equal(label, `class ${index}`);
    assert.ok(i === 0 || logit! <= classes[i - 1].logit);
  }
  const headers = { accept: "text/plain" };
  const body = formOf({ "a.jpg": PHOTO });
  const text = await handler(request("/classify", { body, headers }));
  assert.match(
    await text.text(),
    /^a\.jpg\n( +[+-]\d+\.\d{3} {2}class \d\n){5}$/,
  );
  const refused = await handler(
    request("/classify?threshold=0.5", { body: PHOTO }),
  );
  assert.equal((await problemIn(refused)).code, "bad-threshold");
});

Deno.test("a body's type may be any of its format's, and none", async () => {
  for (
    const type of [
      "image/jpg",
      "IMAGE/BMP; charset=binary",
      "image/x-ms-bmp",
      "application/octet-stream",
      "",
    ]
  ) {
    const headers = { "content-type": type };
    const response = await handler(
      request("/classify", { body: PHOTO, headers }),
    );
    assert.equal(response.status, 200, type);
  }
  const refused = await handler(
    request("/classify", { body: PHOTO, headers: { "content-type": "a/b" } }),
  );
  assert.match(
    refused.headers.get("accept")!,
    /^image\/jpeg, image\/png, .*image\/bmp, .*multipart\/form-data$/,
  );
});

Deno.test("POST /features answers with the features", async () => {
  const response = await handler(request("/features", { body: PHOTO }));
  assert.deepEqual(await response.json(), {
    features: [...await classifier.features(PHOTO)],
  });
});

Deno.test("a form's images are answered in order, a broken one in its place", async () => {
  const body = formOf({ "a.jpg": PHOTO, "b.psd": "8BPS", "c.jpg": PHOTO });
  body.append("note", "not a file");
  const response = await handler(request("/classify", { body }));
  assert.equal(response.status, 200);
  const { images } = await response.json();
  const classes = await classifier.classify(PHOTO);
  assert.deepEqual(images, [
    { name: "a.jpg", classes },
    {
      name: "b.psd",
      problem: {
        type: "about:blank",
        title: "Unsupported Media Type",
        status: 415,
        code: "unsupported-image",
        detail:
          "Photoshop PSD isn't decoded: send JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF",
      },
    },
    { name: "c.jpg", classes },
  ]);
});

Deno.test("a form in which all is broken is answered with the first problem", async () => {
  const body = formOf({ "a.jpg": PHOTO.subarray(0, 9000), "b.psd": "8BPS" });
  const response = await handler(request("/classify", { body }));
  assert.equal(response.status, 422);
});

Deno.test("text/plain is lines for people, in which no name makes a line", async () => {
  const headers = { accept: "text/plain" };
  const one = await handler(
    request("/classify?top=2", { body: PHOTO, headers }),
  );
  assert.equal(one.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.match(await one.text(), /^( {0,2}\d+\.\d% {2}class \d\n){2}$/);
  const body = formOf({ "a\n100.0%  safe": PHOTO });
  const form = await handler(
    request("/classify?top=1", { body, headers }),
  );
  assert.match(
    await form.text(),
    /^a\ufffd+100\.0% {2}safe\n {2,4}\d+\.\d% {2}class \d\n$/,
  );
});

Deno.test("each fault has its status, and what it tells is ours", async () => {
  const strict = createHandler({
    classifier,
    maxBodyBytes: 100_000,
    maxPixels: 300_000,
    maxImages: 2,
  });
  const large = await Deno.readFile(
    new URL("../../examples/photos/stream.jpg", import.meta.url),
  );
  const body = PHOTO;
  const cases: readonly (readonly [number, string, string, RequestInit])[] = [
    [400, "no-image", "/classify", { method: "POST" }],
    [400, "no-image", "/classify", { body: new Uint8Array() }],
    [400, "no-image", "/classify", { body: formOf({}) }],
    [400, "malformed-form", "/classify", {
      body,
      headers: { "content-type": "multipart/form-data" },
    }],
    [404, "not-found", "/", {}],
    [404, "not-found", "/classify/", { body }],
    [404, "not-found", "/%63lassify", { body }],
    [404, "not-found", "/__proto__", {}],
    [405, "method-not-allowed", "/classify", {}],
    [405, "method-not-allowed", "/model", { method: "DELETE" }],
    [406, "not-acceptable", "/classify", {
      body,
      headers: { accept: "text/html, application/json;q=0" },
    }],
    [413, "body-too-large", "/classify", { body: large }],
    [413, "too-many-parts", "/classify", {
      body: formOf({ a: "", b: "", c: "" }),
    }],
    [415, "unsupported-type", "/classify", {
      body,
      headers: { "content-type": "text/html" },
    }],
    [415, "unsupported-coding", "/classify", {
      body,
      headers: { "content-encoding": "gzip" },
    }],
    [415, "unsupported-image", "/classify", { body: "garbage" }],
    [415, "unsupported-image", "/features", { body: "%PDF-1.7" }],
    [422, "corrupt-image", "/features", { body: PHOTO.subarray(0, 9000) }],
  ];
  for (const [status, code, path, init] of cases) {
    const response = await strict(request(path, init));
    const label = `${code} ${path}`;
    assert.equal(response.status, status, label);
    assert.equal(
      response.headers.get("content-type"),
      "application/problem+json",
    );
    const problem = await problemIn(response);
    assert.equal(problem.status, status, label);
    assert.equal(problem.code, code);
    assert.doesNotMatch(JSON.stringify(problem), /file:|\.ts|Error|maxPixels/);
  }
  const tooManyPixels = createHandler({ classifier, maxPixels: 1000 });
  const response = await tooManyPixels(request("/classify", { body }));
  assert.equal(response.status, 413);
  const { code, detail } = await problemIn(response);
  assert.equal(code, "image-too-large");
  const { width, height } = readImageHeader(body);
  assert.equal(
    detail,
    `The image has ${
      width * height
    } pixels, and at most 1000 are allowed: shrink it`,
  );
  const longPng = blankPng(1);
  new DataView(longPng.buffer).setUint32(16, 65_536); // Its width.
  const long = await handler(request("/classify", { body: longPng }));
  assert.equal(
    (await problemIn(long)).detail,
    "A side of the image has 65536 pixels, and at most 65535 are allowed: shrink it",
  );

  const tooLarge = createHandler({ classifier, maxMemory: 0.5e6 });
  const png = await tooLarge(request("/classify", { body: blankPng(708) }));
  assert.equal(png.status, 413);
  assert.match(
    (await problemIn(png)).detail!,
    /^Decoding the image takes \d{7} bytes of memory, and at most 500000 are allowed: shrink it, or send it as JPEG$/,
  );
  assert.equal((await tooLarge(request("/classify", { body }))).status, 200);
  const metadata = await tooLarge(request("/model"));
  assert.equal((await metadata.json()).limits.maxMemory, 500_000);
});

Deno.test("404, 405 and 415 tell what to send instead", async () => {
  const detailOf = async (path: string, init: RequestInit) =>
    (await problemIn(await handler(request(path, init)))).detail;
  const typed = (type: string) => ({
    body: PHOTO,
    headers: { "content-type": type },
  });
  assert.equal(
    await detailOf("/", {}),
    "There is no such path. Use one of POST /classify, POST /features, GET /model, GET /healthz, GET /readyz",
  );
  assert.equal(
    await detailOf("/classify", { method: "PUT", body: PHOTO }),
    "/classify takes POST",
  );
  assert.equal(
    await detailOf("/model", { method: "DELETE" }),
    "/model takes GET and HEAD",
  );
  assert.match(
    (await detailOf("/classify", typed("application/x-www-form-urlencoded")))!,
    /curl, use -T FILE -X POST, or add -H 'Content-Type: image\/jpeg'$/,
  );
  assert.match(
    (await detailOf("/classify", typed("text/html")))!,
    /^The Content-Type isn't that of an image: /,
  );
});

Deno.test("405 and OPTIONS tell the methods, 415 what is taken", async () => {
  const wrong = await handler(request("/classify"));
  assert.equal(wrong.headers.get("allow"), "POST, OPTIONS");
  const options = await handler(request("/model", { method: "OPTIONS" }));
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, HEAD, OPTIONS");
  const zipped = await handler(
    request("/classify", {
      body: PHOTO,
      headers: { "content-encoding": "br" },
    }),
  );
  assert.equal(zipped.headers.get("accept-encoding"), "identity");
  const typed = await handler(
    request("/classify", { body: "a", headers: { "content-type": "a/b" } }),
  );
  assert.match(typed.headers.get("accept")!, /image\/jpeg.*multipart/);
});

Deno.test("GET /model tells of the model, and HEAD is answered where GET is", async () => {
  const model = await handler(request("/model"));
  const { labels, size, metadata, featureCount, backend, limits } = await model
    .json();
  assert.deepEqual(backend, {
    device: "wasm",
    precision: classifier.backend.precision,
    activationBits: classifier.activationBits,
  });
  assert.deepEqual(labels, classifier.labels);
  assert.equal(size, 75);
  assert.deepEqual(metadata.variant, { value: 75, from: "option" });
  assert.equal(metadata.pixels.from, "assumed"); // From a TFJS model.
  assert.equal(featureCount, classifier.featureCount);
  assert.equal(limits.maxBodyBytes, 2 ** 26);
  for (const path of ["/model", "/healthz", "/readyz"]) {
    const response = await handler(request(path, { method: "HEAD" }));
    assert.equal(response.status, 200);
    assert.equal(response.body, null);
    assert.equal(response.headers.get("content-type"), "application/json");
    const { byteLength } = await (await handler(request(path))).arrayBuffer();
    assert.equal(response.headers.get("content-length"), `${byteLength}`);
  }
});

Deno.test("a model without classes has features and nothing to classify", async () => {
  const headless = Object.create(classifier, { labels: { value: [] } });
  const response = await createHandler(headless)(
    request("/classify", { body: PHOTO }),
  );
  assert.equal(response.status, 404);
  assert.equal((await problemIn(response)).code, "no-classes");
});

Deno.test("an unknown error is a bare 500; what it says goes to onRequest", async () => {
  const failing = Object.create(classifier, {
    classify: { value: () => Promise.reject(new Error("/etc/secret")) },
  });
  const entries: RequestEntry[] = [];
  const response = await createHandler({
    classifier: failing,
    onRequest: (it) => entries.push(it),
  })(request("/classify?top=1", { body: PHOTO }));
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), {
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    code: "internal",
  });
  const [{ ms, error, ...entry }] = entries as [RequestEntry];
  assert.ok(ms > 0);
  assert.equal((error as Error).message, "/etc/secret");
  assert.deepEqual(entry, {
    method: "POST",
    path: "/classify",
    route: "/classify",
    status: 500,
    bytes: PHOTO.length,
    images: 0,
  });
});

Deno.test("a model whose answer isn't numbers is a 500 that says so", async () => {
  const error = new NotFiniteError("value 0 is NaN");
  const failing = Object.create(classifier, {
    classify: { value: () => Promise.reject(error) },
  });
  const handler = createHandler({ classifier: failing, onRequest() {} });
  const response = await handler(request("/classify", { body: PHOTO }));
  assert.equal(response.status, 500);
  assert.equal((await problemIn(response)).code, "not-finite");
});

Deno.test("a body is counted as it comes, whatever Content-Length says", async () => {
  const limited = createHandler({ classifier, maxBodyBytes: 100_000 });
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 10_000;
      controller.enqueue(new Uint8Array(10_000));
    },
  });
  const response = await limited(
    request("/classify", { body, headers: { "content-length": "5" } }),
  );
  assert.equal(response.status, 413);
  assert.ok(sent <= 130_000, `${sent} bytes were taken`);

  const untouched = new ReadableStream({
    pull: () => assert.fail("was read"),
  }, { highWaterMark: 0 });
  const headers = { "content-length": "100001" };
  const refused = await limited(
    request("/classify", { body: untouched, headers }),
  );
  assert.equal(refused.status, 413);
});

Deno.test("bodies take the memory that they may and that of one more, however many wait", async () => {
  const bytesRead = async (
    limits: {
      readonly maxBodyMemory?: number;
      readonly maxBodyBytes?: number | undefined;
    },
    part = new Uint8Array(100),
  ) => {
    const manual = manualClassifier();
    const bounds = { queue: 20, maxBodyBytes: 1000, ...limits };
    const handler = createHandler({ classifier: manual, ...bounds });
    let read = 0;
    const responses = Array.from({ length: 12 }, () => {
      let parts = 0;
      const body = new ReadableStream({
        pull(controller) {
          if (++parts > 10) return controller.close();
          read += part.length;
          controller.enqueue(part);
        },
      }, { highWaterMark: 0 });
      return handler(request("/classify", { body }));
    });
    await until(() => manual.running === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const most = read;
    for (let i = 0; i < responses.length; i++) {
      await until(() => manual.running === 1);
      manual.finish();
    }
    for (const it of await Promise.all(responses)) assert.equal(it.status, 200);
    return most;
  };
  // One chunk of each waiting body has arrived.
  assert.ok(await bytesRead({}) <= 5000 + 12 * 100);
  assert.ok(await bytesRead({ maxBodyMemory: 1 }) <= 1000 + 12 * 100);
  // Each has room for 16 MiB, whatever its limit.
  const [MEBIBYTE, maxBodyBytes] = [2 ** 20, undefined];
  const most = await bytesRead({ maxBodyBytes }, new Uint8Array(3 * MEBIBYTE));
  assert.ok(most <= (4 * 16 + 64 + 12 * 3) * MEBIBYTE, `${most}`);
});

Deno.test("requests beyond the queue are refused with 503 and Retry-After, unread", async () => {
  const manual = manualClassifier({ concurrency: 2 });
  const handler = createHandler({ classifier: manual, queue: 1 });
  const send = () => handler(request("/classify", { body: PHOTO }));
  const inside = [send(), send(), send()];
  await until(() => manual.running === 2);
  assert.deepEqual(handler.status(), { receiving: 0, waiting: 1, running: 2 });

  const body = new ReadableStream({ pull: () => assert.fail("was read") }, {
    highWaterMark: 0,
  });
  const refused = await handler(request("/classify", { body }));
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal((await problemIn(refused)).code, "queue-full");

  manual.finish();
  await until(() => manual.running === 1);
  manual.finish();
  for (const it of inside) assert.equal((await it).status, 200);
  assert.deepEqual(handler.status(), { receiving: 0, waiting: 0, running: 0 });
});

Deno.test("a request has no place in the queue before its body is there", async () => {
  const manual = manualClassifier();
  const handler = createHandler({ classifier: manual, queue: 1 });
  const half = () => {
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(PHOTO);
        end = () => controller.close();
      },
    });
    return { answer: handler(request("/classify", { body })), end };
  };
  const slow = Array.from({ length: 40 }, half);
  await until(() => handler.status().receiving === 40);
  const quick = handler(request("/classify", { body: PHOTO }));
  await until(() => manual.running === 1);
  manual.finish();
  assert.equal((await quick).status, 200);

  // There are two places: later requests are told to retry.
  for (const { end } of slow) end();
  await until(() => handler.status().receiving === 0);
  assert.deepEqual(handler.status(), { receiving: 0, waiting: 1, running: 1 });
  manual.finish();
  await until(() => handler.status().waiting === 0 && manual.running === 1);
  manual.finish();
  const statuses = await Promise.all(
    slow.map(async ({ answer }) => (await answer).status),
  );
  assert.equal(statuses.filter((it) => it === 200).length, 2);
  assert.equal(statuses.filter((it) => it === 503).length, 38);
});

Deno.test("a client that fills the queue makes room for others, and waits for itself", async () => {
  const manual = manualClassifier();
  const handler = createHandler({ classifier: manual, queue: 3 });
  const from = (hostname: string) =>
    handler(request("/classify", { body: PHOTO }), {
      remoteAddr: { hostname },
    });
  const greedy = [1, 2, 3, 4].map(() => from("192.0.2.1"));
  await until(() => handler.status().waiting === 3 && manual.running === 1);
  const more = await from("192.0.2.1");
  assert.equal((await problemIn(more)).code, "queue-full");

  const other = from("192.0.2.2");
  const displaced = await greedy[3]!;
  assert.equal((await problemIn(displaced)).code, "queue-full");
  assert.deepEqual(handler.status(), { receiving: 0, waiting: 3, running: 1 });
  let isAnswered = false;
  void other.then(() => isAnswered = true);
  // The other client is next, although two requests came before.
  manual.finish();
  assert.equal((await greedy[0]!).status, 200);
  await until(() => manual.running === 1);
  manual.finish();
  await until(() => isAnswered);
  assert.equal((await other).status, 200);
  for (const it of greedy.slice(1, 3)) {
    await until(() => manual.running === 1);
    manual.finish();
    assert.equal((await it).status, 200);
  }
});

Deno.test("drain() refuses new work and waits for what runs", async () => {
  const manual = manualClassifier();
  const handler = createHandler(manual);
  const running = handler(request("/classify", { body: PHOTO }));
  await until(() => manual.running === 1);
  let drained = false;
  const draining = handler.drain().then(() => drained = true);
  const refused = await handler(request("/classify", { body: PHOTO }));
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.has("retry-after"));
  assert.equal((await handler(request("/readyz"))).status, 503);
  assert.equal((await handler(request("/healthz"))).status, 200);
  assert.equal(drained, false);
  manual.finish();
  assert.equal((await running).status, 200);
  await draining;
});

Deno.test("a request that runs longer than its deadline is answered 504, one that waits 503", async () => {
  using clock = manualClock();
  const manual = manualClassifier({ heedsSignal: false });
  const handler = createHandler({ classifier: manual, deadline: 500 });
  const send = () => handler(request("/classify", { body: PHOTO }));
  const first = send();
  await until(() => manual.running === 1);
  const second = send();
  await until(() => handler.status().waiting === 1);
  clock.pass(500);
  const responses = await Promise.all([first, second]);
  assert.deepEqual(responses.map((it) => it.status), [504, 503]);
  assert.equal((await problemIn(responses[1]!)).code, "overloaded");
  // Work that can't be stopped keeps its place; a waiting request has left.
  await until(() => handler.status().waiting === 0);
  assert.deepEqual(handler.status(), { receiving: 0, waiting: 0, running: 1 });
  manual.finish();
  await handler.drain();
});

Deno.test("a request that waited for others and is late while it runs is answered 503", async () => {
  using clock = manualClock();
  const manual = manualClassifier({ heedsSignal: false });
  const handler = createHandler({ classifier: manual, deadline: 600 });
  const send = () => handler(request("/classify", { body: PHOTO }));
  const first = send();
  await until(() => manual.running === 1);
  const second = send();
  await until(() => handler.status().waiting === 1);
  manual.finish();
  assert.equal((await first).status, 200);
  await until(() => manual.running === 1);
  clock.pass(600);
  assert.equal((await problemIn(await second)).code, "overloaded");
  manual.finish();
  await handler.drain();
});

Deno.test("what can't be done before the deadline isn't begun", async () => {
  using clock = manualClock();
  const manual = manualClassifier({ heedsSignal: false });
  const handler = createHandler({ classifier: manual, deadline: 300 });
  const send = (body: BodyInit) => handler(request("/classify", { body }));
  const takeLong = async () => {
    const response = send(PHOTO);
    await until(() => manual.running === 1);
    clock.pass(300);
    assert.equal((await response).status, 504);
    clock.pass(400);
    manual.finish();
    await until(() => handler.status().running === 0);
  };
  // A single slow image says nothing about the others.
  await takeLong();
  const two = [send(PHOTO), send(PHOTO)];
  for (const it of two) {
    await until(() => manual.running === 1);
    manual.finish();
    assert.equal((await it).status, 200);
  }
  for (let i = 0; i < 4; i++) await takeLong();

  // Now an image is known to take three times as long.
  const form = send(formOf({ a: PHOTO, b: PHOTO }));
  await until(() => manual.running === 1);
  const refused = await send(PHOTO);
  assert.equal((await problemIn(refused)).code, "overloaded");
  manual.finish();
  assert.equal((await form).status, 503);
  await until(() => handler.status().waiting === 0);
  assert.equal(manual.running, 0);

  // When nothing waits, an image is tried again.
  const alone = send(PHOTO);
  await until(() => manual.running === 1);
  manual.finish();
  assert.equal((await alone).status, 200);
});

Deno.test("a body that comes too slowly is answered 408, and cancelled", async () => {
  const handler = createHandler({ classifier, deadline: 20 });
  let cancelled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (cancelled = true),
  });
  const response = await handler(request("/classify", { body }));
  assert.equal(response.status, 408);
  await until(() => cancelled);
  await handler.drain();
});

Deno.test("a body of parts that never pauses holds up neither its deadline nor others", async () => {
  const handler = createHandler({ classifier, deadline: 50 });
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1)),
  });
  const endless = handler(request("/classify", { body }));
  assert.equal((await handler(request("/healthz"))).status, 200);
  assert.equal((await endless).status, 408);
});

Deno.test("a client that hangs up leaves the queue, and what it runs ends", async () => {
  const manual = manualClassifier();
  const statuses: number[] = [];
  const handler = createHandler({
    classifier: manual,
    onRequest: ({ status }) => statuses.push(status),
  });
  const send = () => {
    const controller = new AbortController();
    const { signal } = controller;
    return {
      controller,
      response: handler(request("/classify", { body: PHOTO, signal })),
    };
  };
  const clients = [send(), send()];
  await until(() => manual.running === 1 && handler.status().waiting === 1);
  for (const { controller } of clients.toReversed()) {
    controller.abort();
  }
  await Promise.all(clients.map((it) => it.response));
  assert.deepEqual(statuses, [499, 499]);
  await handler.drain();
  assert.equal(manual.running, 0);
});

Deno.test("the model is loaded when it is needed, once, and again if that failed", async () => {
  let loads = 0;
  const handler = createHandler({
    classifier: async () => {
      loads++;
      await Promise.resolve();
      if (loads === 1) throw new Error("no network");
      return classifier;
    },
    onRequest() {},
  });
  assert.equal((await handler(request("/healthz"))).status, 200);
  assert.equal(loads, 0);
  const failed = await handler(request("/classify", { body: PHOTO }));
  assert.equal(failed.status, 503);
  assert.doesNotMatch(await failed.text(), /no network/);
  const send = () => handler(request("/classify", { body: PHOTO }));
  for (const it of await Promise.all([send(), send()])) {
    assert.equal(it.status, 200);
  }
  await handler.load();
  assert.equal(loads, 2);
});

Deno.test("requests that wait for the model find as many places as it has", async () => {
  const manual = manualClassifier({ concurrency: 2 });
  const handler = createHandler({
    classifier: () => Promise.resolve(manual),
    queue: 0,
  });
  const responses = [1, 2].map(() =>
    handler(request("/classify", { body: PHOTO }))
  );
  await until(() => manual.running === 2);
  manual.finish();
  for (const response of responses) assert.equal((await response).status, 200);
});

Deno.test("a model that isn't loaded in time is a 504, and leaves nobody in the queue", async () => {
  const handler = createHandler({
    classifier: () => new Promise(() => {}),
    deadline: 20,
  });
  const paths = ["/classify", "/features"];
  for (const path of paths) {
    assert.equal((await handler(request(path, { body: PHOTO }))).status, 504);
  }
  assert.equal((await handler(request("/model"))).status, 504);
  await handler.drain();
});

Deno.test("/readyz is 503 until the model is there, which it asks for", async () => {
  const handler = createHandler({
    classifier: () => Promise.resolve(classifier),
  });
  assert.equal((await handler(request("/readyz"))).status, 503);
  assert.equal((await handler(request("/readyz"))).status, 200);
});

Deno.test("a token is asked for, but by those who ask after the health", async () => {
  const handler = createHandler({ classifier, token: "secret", cors: "*" });
  const status = async (path: string, authorization?: string) =>
    (await handler(
      request(path, { headers: { ...authorization && { authorization } } }),
    )).status;
  assert.equal(await status("/model"), 401);
  assert.equal(await status("/model", "Bearer wrong"), 401);
  assert.equal(await status("/model", "Bearer secre"), 401);
  assert.equal(await status("/model", "Basic secret"), 401);
  assert.equal(await status("/nothing"), 401);
  assert.equal(await status("/model", "Bearer secret"), 200);
  assert.equal(await status("/model", "bearer secret"), 200);
  assert.equal(await status("/healthz"), 200);
  assert.equal(await status("/readyz"), 200);
  const refused = await handler(request("/model"));
  assert.equal(refused.headers.get("www-authenticate"), "Bearer");
  const preflight = await handler(request("/classify", {
    method: "OPTIONS",
    headers: {
      "origin": "https://a.test",
      "access-control-request-method": "POST",
    },
  }));
  assert.equal(preflight.status, 204);
});

Deno.test("CORS lets the pages of the origins that are named", async () => {
  const handler = createHandler({
    classifier,
    cors: ["https://a.test", "https://b.test"],
  });
  const from = (origin: string, init: RequestInit = {}) =>
    handler(
      request("/classify", { ...init, headers: { origin, ...init.headers } }),
    );
  const ours = await from("https://b.test", { body: PHOTO });
  assert.equal(
    ours.headers.get("access-control-allow-origin"),
    "https://b.test",
  );
  assert.equal(ours.headers.get("vary"), "Origin");
  assert.match(
    ours.headers.get("access-control-expose-headers")!,
    /Server-Timing/,
  );
  const wrong = await from("https://a.test");
  assert.equal(wrong.status, 405);
  assert.ok(wrong.headers.has("access-control-allow-origin"));
  const theirs = await from("https://c.test", { body: PHOTO });
  assert.equal(theirs.headers.get("access-control-allow-origin"), null);
  const silent = await createHandler(classifier)(
    request("/healthz", { headers: { origin: "https://a.test" } }),
  );
  assert.equal(silent.headers.get("access-control-allow-origin"), null);
});

/** The response to a preflight request from a page of `a.test` with `headers`. */
async function preflight(cors: string, headers: string | null) {
  const handler = createHandler({ classifier, cors });
  const response = await handler(request("/classify", {
    method: "OPTIONS",
    headers: {
      "origin": "https://a.test",
      "access-control-request-method": "POST",
      ...headers !== null && { "access-control-request-headers": headers },
    },
  }));
  assert.equal(response.status, 204);
  // Pages send the token in a header, so cookies aren't needed.
  const credentials = "access-control-allow-credentials";
  assert.equal(response.headers.get(credentials), null);
  return (name: string) => response.headers.get(name);
}

Deno.test("CORS allows the headers that a page asks for", async () => {
  const answer = await preflight("*", "apikey,authorization,x-client-info");
  assert.equal(answer("access-control-allow-origin"), "*");
  assert.equal(answer("access-control-allow-methods"), "POST, OPTIONS");
  assert.equal(
    answer("access-control-allow-headers"),
    "apikey,authorization,x-client-info",
  );
  assert.equal(answer("vary"), "Access-Control-Request-Headers");
  const named = await preflight("https://a.test", "x-retry-count");
  assert.equal(named("access-control-allow-origin"), "https://a.test");
  assert.equal(named("access-control-allow-headers"), "x-retry-count");
  assert.equal(named("vary"), "Access-Control-Request-Headers, Origin");
  const other = await preflight("https://b.test", "apikey");
  assert.equal(other("access-control-allow-origin"), null);
});

Deno.test("CORS allows the usual headers where a page asks for none, or for what are no headers", async () => {
  const lists = ["", "a b", "a,,b", "a:b", "a\tb", "é", `${"a,".repeat(600)}a`];
  for (const asked of [null, ...lists]) {
    const answer = await preflight("*", asked);
    assert.equal(
      answer("access-control-allow-headers"),
      "Authorization, Content-Type, apikey, x-client-info",
      asked ?? "none",
    );
  }
  const long = Array.from({ length: 180 }, (_, i) => `x${i}`).join(", ");
  const answer = await preflight("*", long);
  assert.equal(answer("access-control-allow-headers"), long);
});

Deno.test("limits and origins that there can't be are refused", () => {
  for (
    const limits of [
      { deadline: 0 },
      { deadline: 2 ** 31 },
      { queue: -1 },
      { maxBodyBytes: 0.5 },
      { maxBodyMemory: 0 },
      { maxImages: NaN },
      { maxFrames: 0 },
      { cors: "https://a.test/" },
      { cors: ["*", "a.test"] },
      // It never equals a browser's Origin.
      { cors: "https://*.a.test" },
      { cors: "https://A.test" },
      { cors: "https://a.test:443" },
      { cors: "https://a.test:99999" },
      { cors: "null" },
    ]
  ) {
    assert.throws(
      () => createHandler({ classifier, ...limits }),
      { name: "ArgumentError" },
    );
  }
});

Deno.test("origins that pages have are taken, of apps too", () => {
  const cors = [
    "https://a.test:8443",
    "http://localhost",
    "http://[::1]:8000",
    "capacitor://localhost",
    "chrome-extension://abcdef",
  ];
  createHandler({ classifier, cors });
  assert.throws(
    () => createHandler({ classifier, cors: "https://*.a.test" }),
    /patterns aren't matched/,
  );
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build } from "../../examples/cloudflare-worker/build.ts";
import {
  ask,
  assertPagesMayAsk,
  assertSameAnswer,
  images,
  narrowModel,
  openModel,
} from "./answers.ts";
import { resized } from "../image/heif/resized.ts";
import { makePng } from "../image/png/make_png.ts";
import { blankWebp } from "../image/webp/blank_webp.ts";
import { plainJpeg } from "./plain_jpeg.ts";
import { until } from "../server/serve.ts";
import {
  findWorkerd,
  type RunningServer,
  startWorkerd,
} from "./running_server.ts";

const EXAMPLE = fileURLToPath(
  new URL(
    "../../examples/cloudflare-worker/",
    import.meta.url,
  ),
);

/** Cloudflare's limit for a compressed Worker. */
const MAX_COMPRESSED = 3e6;

const workerd = await findWorkerd();
const weights = await narrowModel();
const color = (await images()).get("color.jpg")!;

/** Has the example's files for a start, except the assets. */
const folder = await Deno.makeTempDir();
Deno.test.beforeAll(() => build(`${folder}/dist`));
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

testWorker("the Worker answers as Deno does, to the bit", async () => {
  await using site = serveAssets(() => weights);
  await using worker = await startWorker(site.address);
  using classifier = await openModel(weights);
  for (const [name, image] of await images()) {
    await assertSameAnswer(worker.address, name, image, classifier);
  }
  await assertPagesMayAsk(worker.address);
});

testWorker(
  "first requests that come together read the model once",
  async () => {
    const { promise: both, resolve: bothCame } = Promise.withResolvers<void>();
    await using site = serveAssets(async () => {
      await both;
      return weights;
    });
    await using worker = await startWorker(site.address);
    const answers = [1, 2, 3, 4].map(() => ask(worker.address, color));
    await answerHealth(worker);
    bothCame();
    await Promise.all(answers.map(assertAnswer));
    assert.deepEqual(site.asked, ["/model.safetensors"]);
  },
);

testWorker(
  "a model goes on being read when the client that came first goes away",
  async () => {
    const { promise: half, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    await using site = serveAssets(() =>
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(weights.subarray(0, weights.length / 2));
          begin();
          await half;
          controller.enqueue(weights.subarray(weights.length / 2));
          controller.close();
        },
      })
    );
    await using worker = await startWorker(site.address);
    const client = await connectRudely(worker, color);
    await begun;
    const second = ask(worker.address, color);
    client.close();
    await answerHealth(worker);
    goOn();
    await assertAnswer(second);
    assert.deepEqual(site.asked, ["/model.safetensors"]);
  },
);

testWorker(
  "clients that go away during their image leave its place to others",
  async () => {
    await using site = serveAssets(() => weights);
    await using worker = await startWorker(site.address);
    await assertAnswer(ask(worker.address, color));
    for (let i = 0; i < 40; i++) { // More than a handler admits.
      const client = await connectRudely(worker, color, color.length / 2);
      await answerHealth(worker);
      client.close();
    }
    await answerHealth(worker);
    await assertAnswer(ask(worker.address, color));
  },
);

testWorker(
  "photos of phones are taken",
  async () => {
    await using site = serveAssets(() => weights);
    await using worker = await startWorker(site.address);
    const photo = plainJpeg({ width: 4032, height: 3024, bytes: 5e6 });
    for (
      const image of [
        photo,
        plainJpeg({ width: 4032, height: 3024, progressive: true }),
        plainJpeg({ width: 8160, height: 6144 }),
        plainJpeg({ width: 16320, height: 12240 }),
        makePng({ width: 1170, height: 2532, color: 2, depth: 8 }),
        blankWebp(1170, 2532),
      ]
    ) {
      await assertAnswer(ask(worker.address, image));
    }
  },
);

testWorker("bodies that have to wait for others are read", async () => {
  await using site = serveAssets(() => weights);
  await using worker = await startWorker(site.address);
  await assertAnswer(ask(worker.address, color));
  // Each body has more than the memory left for all but one.
  const photo = plainJpeg({ width: 640, height: 480, bytes: 5e6 });
  const statuses = await Promise.all(
    Array.from({ length: 24 }, async () => {
      const response = await ask(worker.address, photo);
      await response.body?.cancel();
      return response.status;
    }),
  );
  assert.ok(statuses.includes(200));
  // The queue is limited, and a busy machine may miss deadlines. An unreadable body would
  // be 400.
  const due = [200, 408, 503, 504];
  assert.deepEqual(statuses.filter((it) => !due.includes(it)), []);
});

testWorker(
  "AVIFs and HEICs of any size are refused, and logged is why",
  async () => {
    await using site = serveAssets(() => weights);
    await using worker = await startWorker(site.address);
    for (const format of ["avif", "heic"]) {
      const url = new URL(`../data/formats/photo.${format}`, import.meta.url);
      const image = await Deno.readFile(url);
      for (const it of [image, resized(image, 4032, 3024)]) {
        const refused = await ask(worker.address, it);
        const { code, detail } = await refused.json();
        assert.equal(refused.status, 415);
        assert.equal(code, "decoder-unavailable");
        const name = format.toUpperCase();
        assert.equal(detail, `${name} isn't decoded here: send JPEG`);
      }
    }
    await until(() => worker.printed().includes("setWasmModules({ heic })"));
    assert.match(worker.printed(), /a Cloudflare Worker has too little memory/);
    assert.doesNotMatch(worker.printed(), /\.;/);
  },
);

testWorker(
  "what isn't an image is refused, with what the Worker reads",
  async () => {
    await using site = serveAssets(() => weights);
    await using worker = await startWorker(site.address);
    const refused = await ask(worker.address, new Uint8Array(100));
    assert.equal(refused.status, 415);
    assert.equal(
      (await refused.json()).detail,
      "That isn't an image: send JPEG, PNG, WebP, GIF, BMP or TIFF",
    );
  },
);

testWorker(
  "a model that can't be had is logged, and asked for again",
  async () => {
    let there = false;
    await using site = serveAssets(() => there ? weights : null);
    await using worker = await startWorker(site.address);
    const refused = await ask(worker.address, color);
    assert.equal(refused.status, 503);
    assert.equal((await refused.json()).code, "model-unavailable");
    await until(() => /POST \/classify 503: .*404/.test(worker.printed()));
    there = true;
    await assertAnswer(ask(worker.address, color));
  },
);

testWorker("the model isn't for everybody to download", async () => {
  await using site = serveAssets(() => weights);
  await using worker = await startWorker(site.address);
  const response = await fetch(`${worker.address}/model.safetensors`);
  assert.equal(response.status, 404);
  await response.body?.cancel();
});

Deno.test("the Worker's bundle is within the limit, and without tfjs", async () => {
  let compressed = 0;
  for await (const { name } of Deno.readDir(`${folder}/dist`)) {
    const { readable } = await Deno.open(`${folder}/dist/${name}`);
    const gzip = readable.pipeThrough(new CompressionStream("gzip"));
    compressed += (await new Response(gzip).arrayBuffer()).byteLength;
  }
  assert.ok(compressed < MAX_COMPRESSED, `${compressed} bytes`);
  const code = await Deno.readTextFile(`${folder}/dist/worker.js`);
  assert.ok(!code.includes("registerKernel"));
  // A base64 module, which a Worker can't compile.
  assert.doesNotMatch(code, /[A-Za-z0-9+/]{1000}/);
});

/** Registers a test that is skipped without workerd. */
function testWorker(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: workerd === null ? `${name} (skipped: there is no workerd)` : name,
    ignore: workerd === null,
    fn: run,
  });
}

/** Serves the Worker's assets. */
function serveAssets(
  give: () => BodyInit | null | Promise<BodyInit | null>,
): AsyncDisposable & { readonly address: string; readonly asked: string[] } {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url }) => {
      asked.push(new URL(url).pathname);
      const body = await give();
      return new Response(body, { status: body === null ? 404 : 200 });
    },
  );
  return {
    address: `127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Starts the Worker, with its assets at `address` instead of on disk. */
async function startWorker(address: string): Promise<RunningServer> {
  const config = await Deno.readTextFile(`${EXAMPLE}config.capnp`);
  const disk = 'disk = (path = "dist/assets")';
  assert.ok(config.includes(disk));
  await Deno.writeTextFile(
    `${folder}/config.capnp`,
    config.replace(disk, `external = (address = "${address}", http = ())`),
  );
  return await startWorkerd(workerd!, folder);
}

/** Waits until the Worker has received everything sent before. */
async function answerHealth({ address }: RunningServer): Promise<void> {
  const response = await fetch(`${address}/healthz`);
  assert.deepEqual(await response.json(), { status: "ok" });
}

async function assertAnswer(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const { classes } = await response.json();
  assert.equal(response.status, 200);
  assert.equal(classes.length, 5);
}

/**
 * Sends an image, or a part of it, on a connection that is reset rather than closed,
 * since it has an unread response.
 */
async function connectRudely(
  { address }: RunningServer,
  image: Uint8Array,
  count: number = image.length,
): Promise<Deno.Conn> {
  const { hostname, port } = new URL(address);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [
    "GET /healthz HTTP/1.1",
    "Host: worker",
    "",
    "POST /classify HTTP/1.1",
    "Host: worker",
    `Content-Length: ${image.length}`,
    "",
    "",
  ].join("\r\n");
  const parts = [new TextEncoder().encode(head), image.subarray(0, count)];
  await new Blob(parts as BlobPart[]).stream().pipeTo(connection.writable, {
    preventClose: true,
  });
  return connection;
}

/** The model's download: only once for all tabs, and resumed after an interruption. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { answerOf } from "./answer.ts";
import { buildPage } from "./built_page.ts";
import {
  ANSWER,
  choose,
  givePhotos,
  pageTest,
  pathOf,
  shown,
  visit,
} from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const INT8 = { precision: "int8", activationBits: 7 } as const;

const shared = usePage();

pageTest("the model is downloaded once, and then not asked for", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page, requests } = visited;
  await page.getByText("Works offline.").waitFor();
  const models = () => requests.filter((it) => it.startsWith("/models/"));
  assert.equal(models().length, 1);
  await page.reload();
  await givePhotos(page, fileURLToPath(PHOTO));
  await shown(page, ANSWER);
  assert.equal(models().length, 1);
  const tfjs = () => requests.some((it) => it.includes("/tfjs/"));
  assert.ok(!tfjs(), `${requests}`);
  await choose(page, "backend", "tfjs-wasm");
  await shown(page, ANSWER);
  assert.ok(tfjs(), `${requests}`);
  assert.equal(models().length, 1);
});

pageTest(
  "a photo and another size that are chosen meanwhile don't start it again",
  async () => {
    let isSlow = true;
    await using visited = await visit(shared.browser, shared.built.folder, {
      async intercept({ url }, serve) {
        const response = await serve();
        const isModel = pathOf(url).startsWith("/models/");
        return isModel ? slowly(response, () => isSlow) : response;
      },
    });
    const { page, requests } = visited;
    await shown(page, /^Downloading the model, once$/);
    await givePhotos(page, fileURLToPath(PHOTO));
    await shown(page, /^Downloading the model, once, then the answer comes$/);
    await page.getByText(/^[\d.]+ of [\d.]+ MB$/).waitFor();
    await choose(page, "variant", "low79");
    isSlow = false;
    const { classes } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, {
        variant: "low79",
        ...INT8,
      }),
    );
    const models = requests.filter((it) => it.startsWith("/models/"));
    assert.equal(models.length, 1, `${models}`);
  },
);

pageTest(
  "another model that is chosen meanwhile doesn't wait for the first",
  async () => {
    await using two = await buildPage(shared.built.network, {
      ...shared.built.network,
      labels: shared.built.network.labels.map((it) => `${it} again`),
    });
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    let count = 0;
    await using visited = await visit(shared.browser, two.folder, {
      async intercept({ url }, serve) {
        const response = await serve();
        const isModel = pathOf(url).startsWith("/models/");
        if (isModel && count++ === 0) {
          begun.resolve();
          await end.promise;
        }
        return response;
      },
    });
    const { page } = visited;
    await givePhotos(page, fileURLToPath(PHOTO));
    await begun.promise; // Otherwise the second model's request could be the first.
    await choose(page, "model", "1");
    await shown(page, / again, /);
    end.resolve();
  },
);

pageTest(
  "where there is no room to keep it the page works, and promises nothing",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      async prepare(page, address) {
        const protocol = await page.context().newCDPSession(page);
        await protocol.send("Storage.overrideQuotaForOrigin", {
          origin: new URL(address).origin,
          quotaSize: 1000,
        });
      },
    });
    const { page } = visited;
    await givePhotos(page, fileURLToPath(PHOTO));
    const { classes } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, INT8),
    );
    assert.equal(await page.getByText("Works offline.").count(), 0);
  },
);

pageTest("three tabs that open at once download the model once", async () => {
  let isSlow = true;
  await using visited = await visit(shared.browser, shared.built.folder, {
    async intercept({ url }, serve) {
      const response = await serve();
      const isModel = pathOf(url).startsWith("/models/");
      return isModel ? slowly(response, () => isSlow) : response;
    },
  });
  const { page, requests } = visited;
  // Otherwise another tab could be the first.
  await page.getByText(/^[\d.]+ of [\d.]+ MB$/).waitFor();
  const others = await Promise.all(
    [1, 2].map(async () => {
      const other = await page.context().newPage();
      await other.goto(page.url());
      return other;
    }),
  );
  for (const it of others) await shown(it, /^Another tab downloads/);
  isSlow = false;
  for (const it of [page, ...others]) await shown(it, /^Ready/);
  const models = requests.filter((it) => it.startsWith("/models/"));
  assert.equal(models.length, 1, `${models}`);
});

/** A response whose body comes byte by byte while `isSlow` is true. */
function slowly(response: Response, isSlow: () => boolean): Response {
  const parts = response.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        let at = 0;
        while (at < chunk.length && isSlow()) {
          controller.enqueue(chunk.subarray(at, ++at));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        controller.enqueue(chunk.subarray(at));
      },
    }),
  );
  return new Response(parts, response);
}

pageTest(
  "a download that was cut goes on when a person wants, or the network is back",
  async () => {
    const size = shared.built.files.find(({ purpose }) => purpose === "model")!
      .bytes.length;
    for (const way of ["button", "online"] as const) {
      let isCut = true;
      const received = Promise.withResolvers<void>();
      const ranges: (string | null)[] = [];
      await using visited = await visit(shared.browser, shared.built.folder, {
        async intercept({ url, headers }, serve) {
          if (!pathOf(url).startsWith("/models/")) return serve();
          ranges.push(headers.get("range"));
          const response = await serve();
          return isCut ? cut(response, size / 2, received.promise) : response;
        },
      });
      const { page } = visited;
      await page.getByText(/^[\d.]+ of [\d.]+ MB$/).waitFor();
      received.resolve();
      await givePhotos(page, fileURLToPath(PHOTO));
      await shown(page, /^The model's download broke off/);
      const tried = ranges.length;
      isCut = false;
      if (way === "button") {
        await page.getByRole("button", { name: "Try again" }).click();
      } else {
        await page.evaluate(() => dispatchEvent(new Event("online")));
      }
      const { classes } = await shown(page, ANSWER);
      assert.deepEqual(
        classes,
        await answerOf(shared.built.network, PHOTO, INT8),
      );
      assert.match(ranges[tried] ?? "", /^bytes=[1-9]\d*-$/); // Not from the start.
    }
  },
);

/** A response whose connection breaks after `limit` bytes, once these are `received`. */
function cut(
  response: Response,
  limit: number,
  received: Promise<void>,
): Response {
  let left = limit;
  const body = response.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, Math.max(0, left)));
        left -= chunk.length;
        if (left > 0) return;
        await received;
        controller.error(new Error("cut"));
      },
    }),
  );
  return new Response(body, response);
}

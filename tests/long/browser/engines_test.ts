/**
 * The example's page in Firefox and in WebKit, whose engines differ from Chromium's: with
 * the real network, and offline.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { filesHandler } from "../../../examples/browser/serve.ts";
import { type Classifier, load } from "../../../mod.ts";
import { loadQuantized } from "../../../src/weights/mod.ts";
import {
  buildPage,
  type BuiltPage,
} from "../../examples/browser/built_page.ts";
import {
  type EnginePage,
  engineTest,
  until,
} from "../../examples/browser/engine_page.ts";
import { firefox } from "../../examples/browser/firefox.ts";
import { ANSWER } from "../../examples/browser/chromium.ts";
import {
  chooseAndTap,
  clickClass,
  countMapColors,
  dropAndTap,
  forgetStatus,
  readOffline,
} from "../../examples/browser/in_engine.ts";
import { readShown } from "../../examples/browser/in_page.ts";
import { webkit } from "../../examples/browser/webkit.ts";
import { makePng } from "../../image/png/make_png.ts";

const PHOTOS = ["clock.jpg", "drum.jpg", "fig.jpg"].map((it) =>
  new URL(`../../../examples/photos/${it}`, import.meta.url)
);
const INT8 = {
  backend: "wasm",
  precision: "int8",
  activationBits: 7,
} as const;
/** A photo in every format. */
const FORMATS = [
  "orientation_6.jpg",
  "display_p3.jpg",
  "sixteen_bits.png",
  "animated.apng",
  "animated.webp",
  "photo.GIF",
  "photo.bmp",
  "photo.tif",
  "photo.avif",
  "photo.heic",
].map((it) => new URL(`../../data/formats/${it}`, import.meta.url));

/** What each says of threads, if it is isolated and the machine has several cores. */
const THREADS = new Map([
  [firefox, /, \d+ threads?$/],
  [webkit, /, 1 thread \(this runtime shares no memory\)$/],
]);

let built: BuiltPage;
let classifier: Classifier;
Deno.test.beforeAll(async () => {
  if (!THREADS.keys().some((it) => it.isInstalled)) return;
  built = await buildPage(await loadQuantized("nsfw"));
  classifier = await load(built.network, INT8);
});
Deno.test.afterAll(async () => {
  classifier?.dispose();
  await built?.[Symbol.asyncDispose]();
});

for (const [engine, threads] of THREADS) {
  engineTest(
    engine,
    "the page gives the same bytes as Deno for every format, explains, and works offline",
    async (page) => {
      {
        await using server = serve(built.folder);
        await page.open(`http://127.0.0.1:${server.addr.port}/`);
        await assertAnswers(page, PHOTOS);
        const { facts } = await page.evaluate(readShown);
        assert.match(facts.Backend!, threads);
        await assertExplains(page);
        await assertAnswers(page, FORMATS);
        await until(
          () => page.evaluate(readOffline),
          (it) => it === "Works offline.",
        );
      }
      await page.reload();
      await assertAnswers(page, PHOTOS.slice(0, 1));
      await assertExplains(page);
    },
  );
}

for (const engine of THREADS.keys()) {
  engineTest(
    engine,
    "no answer or map stands beside another photo or size, also after a tap",
    async (page) => {
      await using server = serve(built.folder);
      await page.open(`http://127.0.0.1:${server.addr.port}/`);
      await assertAnswers(page, PHOTOS.slice(0, 1));
      await assertExplains(page);
      await page.evaluate(forgetStatus);
      assert.equal(await page.evaluate(chooseAndTap, "low79"), 0);
      using small = await load(built.network, { ...INT8, variant: "low79" });
      await assertAnswer(page, small, await Deno.readFile(PHOTOS[0]!));
      await assertExplains(page);
      await page.evaluate(forgetStatus);
      // A photo that takes a while to decode.
      const png = makePng({ width: 3000, height: 3000, color: 2, depth: 8 });
      assert.equal(await page.evaluate(dropAndTap, png.toBase64()), 0);
      await assertAnswer(page, small, png);
      assert.equal(await page.evaluate(countMapColors), 0);
    },
  );
}

engineTest(
  firefox,
  "one thread runs, with the reason, where the page's policy refuses more",
  async (page) => {
    const policy =
      "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; default-src 'self'; img-src blob: 'self'";
    await using server = serve(built.folder, policy);
    await page.open(`http://127.0.0.1:${server.addr.port}/`);
    await assertAnswers(page, PHOTOS.slice(0, 1));
    const { facts } = await page.evaluate(readShown);
    assert.match(
      facts.Backend!,
      /, 1 thread \(the page's Content-Security-Policy must allow blob: in worker-src\)$/,
    );
  },
);

/** Gives photos one after the other; each has the answer of Deno. */
async function assertAnswers(page: EnginePage, photos: readonly URL[]) {
  for (const photo of photos) {
    await page.evaluate(forgetStatus);
    await page.chooseFile("#file", fileURLToPath(photo));
    await assertAnswer(
      page,
      classifier,
      await Deno.readFile(photo),
      photo.href,
    );
  }
}

async function assertAnswer(
  page: EnginePage,
  classifier: Classifier,
  photo: Uint8Array,
  name?: string,
) {
  const { classes, problem } = await shown(page, ANSWER);
  assert.equal(problem, "");
  const expected = await classifier.classify(photo);
  assert.equal(expected.length, 5);
  assert.deepEqual(
    classes,
    expected.map(({ label, probability }) => ({ label, probability })),
    name,
  );
}

async function assertExplains(page: EnginePage) {
  await page.evaluate(clickClass, 0);
  const { problem } = await shown(page, /^Lit up/);
  assert.equal(problem, "");
  const colors = await page.evaluate(countMapColors);
  assert.ok(colors > 10, `${colors} colours`);
}

/** What the page shows when its status matches, or when it has a problem. */
function shown(page: EnginePage, status: RegExp) {
  return until(
    () => page.evaluate(readShown),
    (it) => status.test(it.status) || it.problem !== "",
  );
}

function serve(
  folder: string,
  policy?: string,
): Deno.HttpServer<Deno.NetAddr> {
  const files = filesHandler([folder], true);
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const response = await files(request);
      if (policy) response.headers.set("content-security-policy", policy);
      return response;
    },
  );
}

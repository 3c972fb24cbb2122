/**
 * The example's page in Firefox and in WebKit, whose engines differ from Chromium's:
 * with the real network, and offline.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { filesHandler } from "../../../examples/browser/serve.ts";
import {
  type Classification,
  type Classifier,
  load,
  type Variant,
} from "../../../mod.ts";
import {
  type EnginePage,
  engineTest,
  until,
} from "../../examples/browser/engine_page.ts";
import { delayResponses } from "../../examples/browser/delays.ts";
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
import { useRealPage } from "../../examples/browser/shared_page.ts";
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

/** A photo that takes a while to decode. */
const SLOW = makePng({ width: 3000, height: 3000, color: 2, depth: 8 });

/**
 * The text about threads in each browser, if the page is isolated and there are several
 * cores.
 */
const THREADS = new Map([
  [firefox, /, \d+ threads?$/],
  [webkit, /, 1 thread \(this runtime shares no memory\)$/],
]);

const realPage = useRealPage();

for (const [engine, threads] of THREADS) {
  engineTest(engine, {
    async "the page gives the same bytes as Deno for every format, explains, and works offline"(
      page,
    ) {
      {
        await using server = await serve();
        await page.open(addressOf(server));
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

    async "no answer or map stands beside another photo or size, also after a tap"(
      page,
    ) {
      await using server = await serve();
      await page.open(addressOf(server));
      await assertAnswers(page, PHOTOS.slice(0, 1));
      await assertExplains(page);
      await page.evaluate(forgetStatus);
      assert.equal(await page.evaluate(chooseAndTap, "low79"), 0);
      await assertAnswer(page, await answerTo(PHOTOS[0]!, "low79"));
      await assertExplains(page);
      await page.evaluate(forgetStatus);
      assert.equal(await page.evaluate(dropAndTap, SLOW.toBase64()), 0);
      await assertAnswer(page, await answerTo(SLOW, "low79"));
      assert.equal(await page.evaluate(countMapColors), 0);
    },

    ...engine === firefox && {
      async "one thread runs, with the reason, where the page's policy refuses more"(
        page: EnginePage,
      ) {
        await using server = await serve(
          "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; default-src 'self'; img-src blob: 'self'",
        );
        await page.open(addressOf(server));
        await assertAnswers(page, PHOTOS.slice(0, 1));
        const { facts } = await page.evaluate(readShown);
        assert.match(
          facts.Backend!,
          /, 1 thread \(the page's Content-Security-Policy must allow blob: in worker-src\)$/,
        );
      },
    },
  });
}

/** Passes photos one after the other; each must have Deno's answer. */
async function assertAnswers(page: EnginePage, photos: readonly URL[]) {
  for (const photo of photos) {
    await page.evaluate(forgetStatus);
    await page.chooseFile("#file", fileURLToPath(photo));
    await assertAnswer(page, await answerTo(photo), photo.href);
  }
}

async function assertAnswer(
  page: EnginePage,
  expected: readonly Classification[],
  name?: string,
) {
  const { classes, problem } = await shown(page, ANSWER);
  assert.equal(problem, "");
  assert.equal(expected.length, 5);
  assert.deepEqual(
    classes,
    expected.map(({ label, probability }) => ({ label, probability })),
    name,
  );
}

const answers = new Map<string, Promise<readonly Classification[]>>();

/** Deno's answer, which all browsers must give; computed once for all of them. */
function answerTo(
  photo: URL | Uint8Array,
  variant?: Variant,
): Promise<readonly Classification[]> {
  const key = `${variant} ${photo instanceof URL ? photo : "slow"}`;
  const found = answers.get(key);
  if (found) return found;
  const answer = classify(photo, variant);
  answers.set(key, answer);
  return answer;
}

const classifiers = new Map<Variant | undefined, Promise<Classifier>>();
Deno.test.afterAll(async () => {
  for (const it of classifiers.values()) (await it).dispose();
  classifiers.clear();
});

async function classify(photo: URL | Uint8Array, variant?: Variant) {
  const { network } = await realPage();
  const classifier = classifiers.get(variant) ??
    load(network, { ...INT8, variant });
  classifiers.set(variant, classifier);
  return await (await classifier).classify(photo);
}

async function assertExplains(page: EnginePage) {
  await page.evaluate(clickClass, 0);
  const { problem } = await shown(page, /^Lit up/);
  assert.equal(problem, "");
  const colors = await page.evaluate(countMapColors);
  assert.ok(colors > 10, `${colors} colours`);
}

/** The page's content once its status matches, or it has a problem, with its photo. */
function shown(page: EnginePage, status: RegExp) {
  return until(
    () => page.evaluate(readShown),
    (it) => it.isSettled && (status.test(it.status) || it.problem !== ""),
  );
}

async function serve(policy?: string): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const { folder } = await realPage();
  const files = filesHandler([folder], true);
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    delayResponses(async (request) => {
      const response = await files(request);
      if (policy) response.headers.set("content-security-policy", policy);
      return response;
    }),
  );
}

function addressOf({ addr: { port } }: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${port}/`;
}

/** The site as GitHub Pages would serve it: in a subfolder, and without headers. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import axe from "npm:axe-core@4.14.1";
import type { Page } from "playwright-core";
import { filesHandler } from "../../../examples/browser/serve.ts";
import { buildSite } from "../../../tools/site.ts";
import { DEMO_POLICY } from "../../../tools/site/demo.ts";
import { indexDocuments } from "../../../tools/site/search.ts";
import { fileOf } from "../../backends/simd/narrow_file.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";
import { readText } from "../../docs/texts.ts";
import { answerOf } from "../../examples/browser/answer.ts";
import { writeScripts } from "../../examples/browser/built_page.ts";
import {
  ANSWER,
  givePhotos,
  pageTest,
  shown,
} from "../../examples/browser/chromium.ts";
import { delayResponses } from "../../examples/browser/delays.ts";
import { TIMEOUT } from "../../examples/browser/engine_page.ts";
import { useBrowser } from "../../examples/browser/shared_page.ts";
import { faults } from "./axe.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
/** The site's path on its host. */
const BASE = "/inception";
const PAGES = [
  "index.html",
  "docs/convert.html",
  "docs/architecture/images.html",
  "api/index.html",
  "api/batch/index.html",
  "api/~/load.html",
  "api/search/~/SearchIndex.html",
  "demo/index.html",
];
const WIDTHS = [320, 1280];

const shared = useBrowser();
const network = await wholeWordNetwork();
let folder: string;

Deno.test.beforeAll(async () => {
  await using model = await fileOf(network);
  folder = await Deno.makeTempDir();
  // Fails if a link is dead.
  await buildSite(folder, model.path, writeScripts);
});

Deno.test.afterAll(async () => {
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the demo has the policy that its README names", () => {
  const [, policy] = readText("examples/browser/README.md").match(
    /Content-Security-Policy: ([^`]+)/,
  )!;
  assert.equal(policy!.replace(/\s+/g, " ").trim(), DEMO_POLICY);
});

Deno.test("the site's search finds pages and symbols", async () => {
  const find = indexDocuments(
    JSON.parse(await Deno.readTextFile(`${folder}/search.json`)),
  );
  const { pages } = find("calibration");
  assert.ok(pages.some(({ url }) => url.startsWith("docs/convert.html")));
  const [symbol] = find("SearchIndex").symbols;
  assert.equal(symbol?.url, "api/search/~/SearchIndex.html");
});

for (const width of WIDTHS) {
  pageTest(
    `axe-core finds no fault in the site at ${width} pixels, light and dark, and nothing is too wide`,
    async () => {
      await using site = await openSite({
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      const { page } = site;
      const found: string[] = [];
      for (const path of PAGES) {
        await page.goto(site.address + path);
        if (path.startsWith("demo")) await shown(page, /^Ready/);
        await page.evaluate(axe.source);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const here = `${path}, ${colorScheme}`;
          found.push(...(await faults(page)).map((it) => `${here}: ${it}`));
        }
        const wide = await page.evaluate(() =>
          document.documentElement.scrollWidth
        );
        if (wide > width) found.push(`${path} has ${wide} pixels`);
      }
      assert.deepEqual(found, []);
    },
  );
}

pageTest(
  "programs can be copied, and the button covers none of their text",
  async () => {
    await using site = await openSite({
      viewport: { width: 420, height: 800 },
    });
    const { page } = site;
    for (const path of PAGES.filter((it) => !/^(api|demo)/.test(it))) {
      await page.goto(site.address + path);
      const blocks = await page.evaluate(() =>
        Array.from(document.querySelectorAll("pre"), (block) => {
          const range = document.createRange();
          range.selectNodeContents(block.firstElementChild!);
          const button = block.parentElement!.querySelector(":scope > .copy");
          return {
            isProgram: block.firstElementChild!.className !== "",
            top: range.getBoundingClientRect().top,
            bottom: button?.getBoundingClientRect().bottom ?? null,
          };
        })
      );
      for (const { isProgram, top, bottom } of blocks) {
        assert.equal(bottom !== null, isProgram);
        assert.ok((bottom ?? top) <= top, `${path}: ${bottom} is below ${top}`);
      }
    }
  },
);

pageTest(
  "the home page's programs are shown whole at 1280 pixels",
  async () => {
    await using site = await openSite({
      viewport: { width: 1280, height: 800 },
    });
    await site.page.goto(site.address);
    const cut = await site.page.evaluate(() =>
      Array.from(document.querySelectorAll("pre"))
        .filter((it) => it.scrollWidth > it.clientWidth)
        .map((it) => it.textContent)
    );
    assert.deepEqual(cut, []);
  },
);

pageTest("the site's search leads to a page", async () => {
  await using site = await openSite();
  const { page } = site;
  await page.goto(`${site.address}docs/api.html`);
  await page.getByRole("searchbox").fill("calibration");
  const results = page.getByRole("region", { name: "Search results" });
  await results.getByText(/^\d+ found$/).waitFor();
  await page.evaluate(axe.source);
  assert.deepEqual(await faults(page), []);
  await results.locator('a[href*="docs/convert.html"]').first().click();
  await page.waitForURL(/\/inception\/docs\/convert\.html/);
  assert.deepEqual(site.said, []);
});

pageTest("the demo answers below a folder, with one thread", async () => {
  await using site = await openSite();
  const { page } = site;
  await page.goto(`${site.address}demo/`);
  await givePhotos(page, fileURLToPath(PHOTO));
  const { classes, facts } = await shown(page, ANSWER);
  assert.deepEqual(
    classes,
    await answerOf(network, PHOTO, { precision: "int8", activationBits: 7 }),
  );
  assert.match(facts.Backend!, /1 thread\b/);
  await page.getByText("Works offline.").waitFor();
  assert.equal(
    await page.getByRole("link", { name: "Source" }).getAttribute("href"),
    "https://github.com/totem/inception/tree/main/examples/browser",
  );
  await page.getByRole("link", { name: "Documentation" }).click();
  await page.waitForURL(/\/inception\/(index\.html)?$/);
  await page.getByRole("heading", { level: 1, name: "Totem" }).waitFor();
  assert.deepEqual(site.said, []);
});

pageTest("guides are there without JavaScript", async () => {
  await using site = await openSite({ javaScriptEnabled: false });
  const { page } = site;
  await page.goto(site.address);
  assert.ok(!await page.locator("#search").isVisible());
  await page.getByRole("navigation", { name: "Pages" })
    .locator('a[href="docs/convert.html"]').click();
  await page.waitForURL(/\/inception\/docs\/convert\.html$/);
  await page.getByRole("heading", { level: 1 }).waitFor();
});

interface OpenSite extends AsyncDisposable {
  readonly page: Page;
  /** Ends with a slash. */
  readonly address: string;
  /** Console messages of the page, and its requests to other hosts. */
  readonly said: readonly string[];
}

/** Serves the site, and opens an empty page in a new context. */
async function openSite(
  options: Parameters<typeof shared.browser.newContext>[0] = {},
): Promise<OpenSite> {
  const files = filesHandler([folder], false);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    delayResponses((request) => {
      const url = new URL(request.url);
      if (!url.pathname.startsWith(`${BASE}/`)) {
        return new Response("Not found", { status: 404 });
      }
      url.pathname = url.pathname.slice(BASE.length);
      return files(new Request(url, request));
    }),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const context = await shared.browser.newContext(options);
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (it) => said.push(it.text()));
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.startsWith(origin) || url.startsWith("blob:");
    if (!isOwn) said.push(url);
  });
  return {
    page,
    address: `${origin}${BASE}/`,
    said,
    async [Symbol.asyncDispose]() {
      await context.close();
      await server.shutdown();
    },
  };
}

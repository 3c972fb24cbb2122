/**
 * Measures how long Chromium takes to load a model and to run the first image, in a
 * fresh browser and then again in the same page: `deno task bench-start-page`. For
 * comparison it also fetches the model's file alone, which is the lower bound for any
 * program.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { filesHandler } from "../examples/browser/serve.ts";
import { loadQuantized, writeNetwork } from "../src/weights/mod.ts";
import { bundle } from "../tools/bundle.ts";
import { readOptions } from "./options.ts";
import { type Times, type Way, WAYS } from "./start/page_main.ts";

/** Debian's path. */
const CHROMIUM = "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script type="module" src="page_main.js"></script>`;

/** The first visit of a page, and a repeated one. */
const VISITS = ["first", "second"] as const;

/** Writes the page and the model into a folder. */
async function writePage(folder: string): Promise<void> {
  const entry = fileURLToPath(new URL("start/page_main.ts", import.meta.url));
  await bundle(folder, [entry], ["--minify"]);
  await Deno.writeTextFile(`${folder}/index.html`, PAGE);
  const { stream } = writeNetwork(await loadQuantized("nsfw"));
  await Deno.writeFile(`${folder}/model.safetensors`, stream);
}

/** The times of both visits in a fresh browser. */
async function visit(browser: Browser, url: string, way: Way) {
  const page = await browser.newPage();
  const times: Times[] = [];
  for (const _ of VISITS) {
    await page.goto(url);
    times.push(
      await page.evaluate(
        (way) =>
          (globalThis as unknown as {
            measureStart(way: Way): Promise<Times>;
          }).measureStart(way),
        way,
      ),
    );
  }
  return times;
}

/** The least value and the median. */
function shown(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[0]!.toFixed(0)} | ${sorted[sorted.length >> 1]!.toFixed(0)}`;
}

if (import.meta.main) {
  const { rounds } = readOptions("bench-start-page", { rounds: 8 });
  const folder = await Deno.makeTempDir();
  try {
    await writePage(folder);
    const found = new Map<string, Times[]>();
    let version = "";
    for (let round = 0; round < rounds; round++) {
      for (const way of WAYS) {
        await using server = Deno.serve(
          { hostname: "127.0.0.1", port: 0, onListen() {} },
          filesHandler([folder], true),
        );
        const browser = await chromium.launch({
          executablePath: CHROMIUM,
          args: FLAGS,
        });
        version = browser.version();
        const url = `http://127.0.0.1:${server.addr.port}/`;
        const times = await visit(browser, url, way)
          .finally(() => browser.close());
        for (const [i, visited] of VISITS.entries()) {
          const key = `${way} | ${visited}`;
          found.set(key, [...found.get(key) ?? [], times[i]!]);
        }
      }
    }
    console.log(`Chromium ${version}, ms: minimum and median\n`);
    console.log("| model | visit | load | | first image | | a later one | |");
    console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const [key, times] of found) {
      const cells = (["load", "first", "steady"] as const)
        .map((name) => shown(times.map((it) => it[name])));
      console.log(`| ${key} | ${cells.join(" | ")} |`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

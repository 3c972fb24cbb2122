/**
 * A single Chromium and page for all test files of a process: each takes seconds of
 * processor time to start.
 */
import type { Browser } from "playwright-core";
import { loadQuantized } from "../../../src/weights/mod.ts";
import { buildPage, type BuiltPage } from "./built_page.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";

/** The browser that tests share, from the first test on. */
export interface SharedBrowser {
  /** Each test uses its own context in it. */
  readonly browser: Browser;
}

/** The browser and the page that tests share. */
export interface SharedPage extends SharedBrowser {
  /** The page for a narrow network, which no test changes. */
  readonly built: BuiltPage;
}

let browser: Browser | undefined;
let built: BuiltPage | undefined;
let real: Promise<BuiltPage> | undefined;

/** Starts Chromium before the first test, and ends it after the last one. */
export function useBrowser(): SharedBrowser {
  Deno.test.beforeAll(async () => {
    if (CHROMIUM) browser ??= await launchChromium();
  });
  Deno.test.afterAll(async () => {
    const last = browser;
    browser = undefined;
    await last?.close();
  });
  return {
    get browser() {
      return browser!;
    },
  };
}

/** Also builds the page before the first test, even without Chromium. */
export function usePage(): SharedPage {
  const shared = useBrowser();
  Deno.test.beforeAll(async () => {
    built ??= await buildPage();
  });
  Deno.test.afterAll(async () => {
    const last = built;
    built = undefined;
    await last?.[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return shared.browser;
    },
    get built() {
      return built!;
    },
  };
}

/** A page with a real model, `nsfw`, which is built on first use. */
export function useRealPage(): () => Promise<BuiltPage> {
  Deno.test.afterAll(async () => {
    const last = real;
    real = undefined;
    await (await last)?.[Symbol.asyncDispose]();
  });
  return () => real ??= loadQuantized("nsfw").then((it) => buildPage(it));
}

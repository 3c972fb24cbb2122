/**
 * One Chromium and one page for all test files of a process: both take seconds of a
 * processor to begin.
 */
import type { Browser } from "playwright-core";
import { loadQuantized } from "../../../src/weights/mod.ts";
import { buildPage, type BuiltPage } from "./built_page.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";

/** What tests share, once the first of them begins. */
export interface SharedBrowser {
  /** Each test has a context of its own in it, which knows nothing of others. */
  readonly browser: Browser;
}

/** The same with a page. */
export interface SharedPage extends SharedBrowser {
  /** Of a narrow network. No test changes it. */
  readonly built: BuiltPage;
}

let browser: Browser | undefined;
let built: BuiltPage | undefined;
let real: Promise<BuiltPage> | undefined;

/** Has Chromium started before the first test, and ended after the last. */
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

/** The same, and the page is built before the first test, Chromium or not. */
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

/** A page of a real model, `nsfw`, which is built when a test first asks for it. */
export function useRealPage(): () => Promise<BuiltPage> {
  Deno.test.afterAll(async () => {
    const last = real;
    real = undefined;
    await (await last)?.[Symbol.asyncDispose]();
  });
  return () => real ??= loadQuantized("nsfw").then((it) => buildPage(it));
}

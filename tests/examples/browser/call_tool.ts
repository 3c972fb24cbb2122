import type { Page } from "playwright-core";
import type { PageTools } from "./image_sources_page.ts";

/** Calls one of the functions of `image_sources_page.ts`. */
export async function callTool<K extends keyof PageTools>(
  page: Page,
  name: K,
  args: Readonly<Parameters<PageTools[K]>>,
): Promise<Awaited<ReturnType<PageTools[K]>>> {
  await page.waitForFunction("globalThis.tools");
  return await page.evaluate(
    `tools.${name}(...${JSON.stringify(args)})`,
  ) as Awaited<ReturnType<PageTools[K]>>;
}

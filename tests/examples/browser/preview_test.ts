/** Photos that the browser can't show. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = fileURLToPath(
  new URL("../../../examples/photos/drum.jpg", import.meta.url),
);

const shared = usePage();

/** The size of the photo on display, in pixels. */
async function sizeOf(page: Page) {
  return await page.locator("#preview").evaluate((it) => {
    const { naturalWidth, naturalHeight } = it as HTMLImageElement;
    return [naturalWidth, naturalHeight] as const;
  });
}

pageTest(
  "a format that the browser can't show is drawn from the package's pixels, whenever a classifier starts",
  async () => {
    const failed = Promise.withResolvers<void>();
    await using visited = await visit(shared.browser, shared.built.folder, {
      prepare: (page) => page.addInitScript(refuseFiles),
      async intercept({ url }, serve) {
        // No classifier starts before.
        if (url.endsWith("/model.json")) await failed.promise;
        return await serve();
      },
    });
    const { page } = visited;
    await givePhotos(page, PHOTO);
    await page.waitForFunction("globalThis.refused === 1");
    failed.resolve();
    await shown(page, ANSWER);
    const first = await sizeOf(page);
    assert.ok(Math.min(...first) > 0 && Math.max(...first) <= 1280, `${first}`);
    await page.locator("#classes button").first().click();
    await shown(page, /^Lit up/);

    await page.evaluate(() => {
      (globalThis as unknown as Refusals).onRefused = () =>
        document.querySelector<HTMLElement>("[value=low79]")!.click();
    });
    await givePhotos(page, PHOTO);
    const { facts } = await shown(page, ANSWER);
    assert.match(facts.Input!, /^79 /);
    assert.deepEqual(await sizeOf(page), first);
  },
);

interface Refusals {
  /** How many photos the browser has refused. */
  refused: number;
  /** Called for each of them, after the page has learned of it. */
  onRefused?: () => void;
}

/**
 * Runs in the page, before it loads: as in a browser without support for the format,
 * photos themselves aren't shown.
 */
function refuseFiles() {
  const scope = globalThis as unknown as Refusals;
  scope.refused = 0;
  const { prototype } = HTMLImageElement;
  const src = Object.getOwnPropertyDescriptor(prototype, "src")!;
  const seen = new WeakSet();
  Object.defineProperty(prototype, "src", {
    ...src,
    set(value: string) {
      if (seen.has(this)) return src.set!.call(this, value);
      seen.add(this);
      this.addEventListener("error", () => {
        scope.refused++;
        scope.onRefused?.();
      }, { once: true });
      src.set!.call(this, "blob:none");
    },
  });
}

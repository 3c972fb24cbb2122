/// <reference lib="dom" />
/** The page when its worker doesn't start, as can happen in browsers. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
/** In ms, the limit in `classifier.js`. */
const MAX_SILENCE = 30_000;

const shared = usePage();

pageTest(
  "a worker that doesn't start is started again with one thread, and after that when the person wants it",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await page.addInitScript(letTwoHang);
    await page.clock.install();
    await page.reload();
    const status = page.locator("#status");
    await status.filter({ hasText: /^Loading the model$/ }).waitFor();
    const haveHung = (count: number) =>
      page.waitForFunction(
        (it) => (globalThis as unknown as Scope).hung === it,
        count,
      );
    await haveHung(1);
    await page.clock.runFor(MAX_SILENCE / 2);
    await haveHung(1);
    await page.clock.runFor(MAX_SILENCE / 2);
    await haveHung(2);
    assert.equal((await shown(page, /^Loading/)).problem, "");
    await page.clock.runFor(MAX_SILENCE);
    const { problem } = await shown(page, /Close other tabs/);
    assert.match(problem, /^The browser doesn't start the part/);
    await page.getByRole("button", { name: "Try again" }).click();
    await givePhotos(page, fileURLToPath(PHOTO));
    const { facts } = await shown(page, ANSWER);
    assert.match(facts.Backend!, /, 1 thread \(more didn't start\)$/);
    // The time limit no longer applies once it is ready.
    await page.clock.runFor(2 * MAX_SILENCE);
    assert.equal((await shown(page, ANSWER)).problem, "");
  },
);

/** Runs in the page: makes its first two workers never start, and counts them. */
function letTwoHang() {
  const scope = globalThis as unknown as Window & Scope;
  const { Worker } = scope;
  const silent = { postMessage() {}, terminate() {} };
  scope.hung = 0;
  scope.Worker = new Proxy(Worker, {
    construct: (type, [url, options]) =>
      scope.hung === 2
        ? new type(url, options)
        : (scope.hung++, silent as unknown as Worker),
  });
}

interface Scope {
  Worker: typeof Worker;
  hung: number;
}

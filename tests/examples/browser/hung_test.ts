/// <reference lib="dom" />
/** The page when its worker doesn't start, as can happen in browsers. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { until } from "./engine_page.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
/** In ms, the limit in `classifier.js`. */
const MAX_SILENCE = 30_000;

const shared = usePage();

pageTest(
  "a worker that doesn't start is started again with one thread, and after that when the person wants it",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      async prepare(page) {
        await page.addInitScript(letTwoHang);
        await page.clock.install({ time: 0 });
        await page.clock.pauseAt(1000); // From now on only runFor() moves it.
      },
    });
    const { page } = visited;
    const hung = () =>
      page.evaluate(() => (globalThis as unknown as Scope).hung);
    await until(hung, (it) => it === 1);
    await page.clock.runFor(MAX_SILENCE - 1000);
    assert.equal(await hung(), 1);
    await page.clock.runFor(1000);
    await until(hung, (it) => it === 2);
    assert.equal((await shown(page, /^Loading the model$/)).problem, "");
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

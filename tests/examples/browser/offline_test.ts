import assert from "node:assert/strict";
import { pageTest, pathOf, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const shared = usePage();

pageTest(
  "the page says that it works offline once its service worker answers for it",
  async () => {
    const end = Promise.withResolvers<void>();
    await using visited = await visit(shared.browser, shared.built.folder, {
      async intercept({ url }, serve) {
        if (pathOf(url) === "/held") {
          await end.promise;
          return new Response();
        }
        const response = await serve();
        if (pathOf(url) !== "/sw.js") return response;
        const { headers } = response;
        headers.delete("content-encoding");
        headers.delete("content-length");
        const script = await Deno.readTextFile(`${shared.built.folder}/sw.js`);
        await response.body!.cancel();
        const held = script.replace(
          "clients.claim()",
          'fetch("/held").then(() => clients.claim())',
        );
        assert.notEqual(held, script);
        return new Response(held, { headers });
      },
    });
    const { page } = visited;
    await shown(page, /^Ready/); // The model is kept.
    const state = await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      return active!.state;
    });
    assert.equal(state, "activating");
    assert.equal(await page.locator("#offline").textContent(), "");
    end.resolve();
    await page.getByText("Works offline.").waitFor();
  },
);

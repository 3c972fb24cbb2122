/** Models that a page caches. */
import assert from "node:assert/strict";
import { writeNetwork } from "../../../src/weights/mod.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { CHROMIUM, pageTest, visit } from "./chromium.ts";
import { useBrowser } from "./shared_page.ts";
import { type ScriptPage, scriptPage } from "./script_page.ts";
import type { StorePage } from "./store_page.ts";

const shared = useBrowser();
let bundled: ScriptPage;
Deno.test.beforeAll(async () => {
  if (!CHROMIUM) return;
  bundled = await scriptPage("store_page");
});
Deno.test.afterAll(async () => {
  await bundled?.[Symbol.asyncDispose]();
});

pageTest(
  "a page keeps a model of another origin, renews it, and sends no preflight",
  async () => {
    const network = await narrowNetwork();
    const write = async (labels: readonly string[]) =>
      await new Response(writeNetwork({ ...network, labels }).stream)
        .arrayBuffer();
    const [old, fresh] = [network.labels, network.labels.map((it) => `${it}!`)];
    let body = await write(old);
    let modified = "Sat, 28 Nov 2026 08:00:00 GMT";
    const methods: string[] = [];
    let isDown = false;
    // Like simple hosts, it doesn't allow custom request headers.
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ method }) => {
        methods.push(method);
        return new Response(isDown ? "no" : body, {
          status: isDown ? 503 : 200,
          headers: {
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
            "cache-control": "no-store",
            "etag": '"not to be seen"',
            "last-modified": modified,
          },
        });
      },
    );
    const address = `http://127.0.0.1:${server.addr.port}/m.safetensors`;
    try {
      await using visited = await visit(shared.browser, bundled.folder);
      const load = async () => {
        await visited.page.reload();
        await visited.page.waitForFunction("globalThis.loadKept");
        return await visited.page.evaluate(
          (address) => (globalThis as unknown as StorePage).loadKept(address),
          address,
        );
      };
      assert.deepEqual(await load(), { labels: old, warnings: [] });
      assert.deepEqual(await load(), { labels: old, warnings: [] });
      body = await write(fresh);
      // The server responds that nothing has changed: the cached file is used.
      assert.deepEqual((await load()).labels, old);
      modified = "Sat, 28 Nov 2026 09:00:00 GMT";
      assert.deepEqual(await load(), { labels: fresh, warnings: [] });
      isDown = true;
      const { labels, warnings } = await load();
      assert.deepEqual(labels, fresh);
      assert.match(warnings[0]!, /for a newer file, so the one kept since/);
      assert.deepEqual(methods, ["GET", "GET", "GET", "GET", "GET"]);
    } finally {
      await server.shutdown();
    }
  },
);

import assert from "node:assert/strict";
import { howToGet } from "../../src/image/heic/load_libheif.ts";
import { runtimeOf } from "../../src/runtime/environment.ts";
import { installCommand } from "../../src/runtime/packages.ts";

const NODE = { versions: { node: "20.20.2" } };

Deno.test("runtimeOf() says where packages come from", () => {
  const agent = (userAgent: string) => ({ navigator: { userAgent } });
  const cases = [
    ["deno", { Deno: {}, process: NODE, ...agent("Deno/2.9.6") }],
    ["node", { process: NODE }],
    ["node", { process: NODE, ...agent("Node.js/24") }],
    ["node", { process: NODE, ...agent("Bun/1.3.0") }],
    ["worker", { process: NODE, ...agent("Cloudflare-Workers") }],
    ["worker", agent("Cloudflare-Workers")],
    ["worker", agent("Mozilla/5.0")],
    ["page", { document: {}, ...agent("Mozilla/5.0") }],
    ["page", { document: {}, process: {}, ...agent("Mozilla/5.0") }],
  ] as const;
  for (const [runtime, globals] of cases) {
    assert.equal(runtimeOf(globals), runtime, JSON.stringify(globals));
  }
  assert.equal(runtimeOf(), "deno");
});

Deno.test("where HEIC's decoder is missing, the advice fits the runtime", () => {
  const handIn =
    "hand in libheif-js/libheif-wasm/libheif.wasm, compiled, with setWasmModules({ heic })";
  assert.deepEqual(
    (["node", "deno", "page", "worker"] as const).map((it) => howToGet(it)),
    [
      "run npm install libheif-js@1.23.2, with -g if Totem was installed with -g",
      `run deno cache npm:libheif-js@1.23.2 where npm can be reached. If you run Totem with --lock, add --unstable-npm-lazy-caching. In a bundle, ${handIn}`,
      `add libheif-js 1.23.2 to the page's import map, or ${handIn}`,
      `${handIn}. It is in the package libheif-js 1.23.2`,
    ],
  );
  assert.equal(installCommand(["libheif-js"], "worker"), null);
});

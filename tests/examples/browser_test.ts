import assert from "node:assert/strict";
import { compressedSize, type Purpose } from "../../examples/browser/build.ts";
import { filesHandler } from "../../examples/browser/serve.ts";
import { buildPage, type BuiltPage } from "./browser/built_page.ts";

/** In bytes, as a server that compresses sends them. */
const BUDGET = 70_000;

let page: BuiltPage;
Deno.test.beforeAll(async () => void (page = await buildPage()));
Deno.test.afterAll(async () => await page[Symbol.asyncDispose]());

Deno.test("the page and the engine stay within 70 KB, compressed", async () => {
  const sizesOf = async (purpose: Purpose) =>
    await Promise.all(
      page.files.filter((it) => it.purpose === purpose)
        .map((it) => compressedSize(it.bytes)),
    );
  const kernels = await sizesOf("kernels");
  assert.equal(kernels.length, 4); // A browser loads one of them.
  assert.ok((await sizesOf("gpu")).length >= 1); // When WebGPU is chosen.
  const sizes = [...await sizesOf("page"), Math.max(...kernels)];
  const total = sizes.reduce((sum, it) => sum + it, 0);
  assert.ok(total > BUDGET / 2 && total < BUDGET, `they have ${total} bytes`);
});

for (
  const [what, word] of [
    ["tfjs", "FusedConv2D"],
    ["the importers", "moving_variance"],
    ["the HDF5 reader", "SNOD"],
  ] as const
) {
  Deno.test(`the page comes without ${what}`, () => {
    const holders = page.files.filter(({ name, bytes }) =>
      name.endsWith(".js") && new TextDecoder().decode(bytes).includes(word)
    );
    assert.ok(holders.length > 0);
    for (const { name, purpose } of holders) {
      assert.equal(purpose, "other", name);
    }
  });
}

Deno.test("what works offline is the page, all kernels, all decoders and explaining", () => {
  const bytes = page.files.find(({ name }) => name === "sw.js")!.bytes;
  const list = new TextDecoder().decode(bytes).match(/^const FILES = (.*);$/m)!;
  const kept = page.files.filter(({ name, purpose }) =>
    ["page", "kernels", "gpu", "decoders"].includes(purpose) && name !== "sw.js"
  );
  assert.ok(kept.some(({ name }) => name.startsWith("explain_image-")));
  assert.deepEqual(
    JSON.parse(list[1]!).sort(),
    ["./", ...kept.map(({ name }) => name)].sort(),
  );
});

Deno.test("nothing is kept offline that no other file asks for", () => {
  const kept = page.files.filter(({ purpose }) =>
    ["page", "kernels", "gpu", "decoders"].includes(purpose)
  );
  for (const { name } of kept.filter((it) => it.name !== "index.html")) {
    const askers = kept.filter((it) =>
      it.name !== name && it.name !== "sw.js" &&
      new TextDecoder().decode(it.bytes).includes(name)
    );
    assert.ok(askers.length > 0, name);
  }
});

Deno.test("the page is served with the headers for threads, or without", async () => {
  for (const isolated of [true, false]) {
    const handler = filesHandler([page.folder], isolated);
    const response = await handler(new Request("http://localhost/"));
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/html/);
    assert.equal(
      response.headers.get("cross-origin-embedder-policy"),
      isolated ? "require-corp" : null,
    );
    assert.match(await response.text(), /^<!DOCTYPE html>/);
  }
});

Deno.test("nothing but the files of its folders is served", async () => {
  const handler = filesHandler([`${page.folder}/tfjs`], true);
  for (
    const path of [
      "/../index.html",
      "/%2e%2e/index.html",
      "/..%2findex.html",
      "//etc/passwd",
      "/.",
      "/absent.js",
      `/${"a".repeat(10_000)}`,
    ]
  ) {
    const { status } = await handler(new Request(`http://localhost${path}`));
    assert.equal(status, 404, path);
  }
});

import assert from "node:assert/strict";
import {
  compressedSize,
  type Purpose,
} from "../../examples/browser/build/files.ts";
import { filesHandler } from "../../examples/browser/serve.ts";
import { buildPage, type BuiltPage } from "./browser/built_page.ts";

/** Compressed size, in bytes. */
const BUDGET = 95_000;

let page: BuiltPage;
Deno.test.beforeAll(async () => void (page = await buildPage()));
Deno.test.afterAll(async () => await page[Symbol.asyncDispose]());

Deno.test("the page and the engine stay within 95 KB, compressed", async () => {
  const sizesOf = async (purpose: Purpose) =>
    await Promise.all(
      page.files.filter((it) => it.purpose === purpose)
        .map((it) => compressedSize(it.bytes)),
    );
  const kernels = await sizesOf("kernels");
  assert.equal(kernels.length, 4); // A browser loads only one of them.
  assert.ok((await sizesOf("gpu")).length >= 1); // Loaded when WebGPU is selected.
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

/** The files that the service worker caches. */
const KEPT = ["page", "kernels", "gpu", "decoders", "icons", "samples"];

Deno.test("what works offline is the page, its samples, all kernels, all decoders but AVIF's, and explaining", () => {
  const bytes = page.files.find(({ name }) => name === "sw.js")!.bytes;
  const list = new TextDecoder().decode(bytes).match(/^const FILES = (.*);$/m)!;
  const kept = page.files.filter(({ name, purpose }) =>
    KEPT.includes(purpose) && !["sw.js", "index.html"].includes(name)
  );
  assert.ok(kept.some(({ name }) => name.includes("/explain_image-")));
  const avif = page.files.find(({ name }) => name.includes("/avif-"))!;
  assert.equal(avif.purpose, "other");
  assert.deepEqual(
    JSON.parse(list[1]!).sort(),
    ["./", ...kept.map(({ name }) => name)].sort(),
  );
});

Deno.test("nothing is kept offline that no other file asks for", () => {
  const kept = page.files.filter(({ purpose }) => KEPT.includes(purpose));
  for (const { name } of kept) {
    if (["index.html", "sw.js"].includes(name)) continue;
    const last = name.slice(name.lastIndexOf("/") + 1);
    const askers = kept.filter((it) =>
      it.name !== name && it.name !== "sw.js" &&
      new TextDecoder().decode(it.bytes).includes(last)
    );
    assert.ok(askers.length > 0, name);
  }
});

Deno.test("all but the page, its worker and its icons have names that change with them", () => {
  const stable = page.files.map(({ name }) => name).filter((it) =>
    !/^(v-[\da-f]{16}|models|samples)\//.test(it)
  );
  assert.deepEqual(stable.sort(), [
    "icon-192.png",
    "icon-512.png",
    "icon.svg",
    "index.html",
    "manifest.webmanifest",
    "sw.js",
  ]);
  const model = page.files.find(({ purpose }) => purpose === "model")!;
  assert.match(model.name, /^models\/[\w-]+-[\da-f]{16}\.safetensors$/);
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

Deno.test("a part of a file is served, so that a download can be resumed", async () => {
  const handler = filesHandler([page.folder], true);
  const { name, bytes } = page.files.find((it) => it.purpose === "model")!;
  const get = (headers: Record<string, string>) =>
    handler(new Request(`http://localhost/${name}`, { headers }));
  const whole = await get({});
  assert.equal(whole.headers.get("accept-ranges"), "bytes");
  const modified = whole.headers.get("last-modified")!;
  assert.deepEqual(await whole.bytes(), bytes);
  const size = bytes.length;
  for (
    const [range, start, end] of [
      ["bytes=0-0", 0, 1],
      ["bytes=5-1003", 5, 1004],
      [`bytes=${size - 7}-`, size - 7, size],
      [`bytes=1000-${size + 99}`, 1000, size],
    ] as const
  ) {
    const part = await get({ range, "if-range": modified });
    assert.equal(part.status, 206);
    assert.equal(
      part.headers.get("content-range"),
      `bytes ${start}-${end - 1}/${size}`,
    );
    assert.equal(part.headers.get("content-length"), `${end - start}`);
    assert.deepEqual(await part.bytes(), bytes.slice(start, end));
  }
  const past = await get({ range: `bytes=${size}-` });
  assert.equal(past.status, 416);
  assert.equal(past.headers.get("content-range"), `bytes */${size}`);
  const changed = await get({ range: "bytes=5-9", "if-range": "yesterday" });
  assert.equal(changed.status, 200);
  await changed.body?.cancel();
});

Deno.test("scripts are compressed where that is understood, and are kept for good", async () => {
  const handler = filesHandler([page.folder], true);
  const script = `${page.version}/app.js`;
  const { bytes } = page.files.find(({ name }) => name === script)!;
  for (const encoding of ["gzip, br", "identity"]) {
    const { headers, body } = await handler(
      new Request(`http://localhost/${script}`, {
        headers: { "accept-encoding": encoding },
      }),
    );
    assert.match(headers.get("cache-control")!, /immutable/);
    const isGzip = headers.get("content-encoding") === "gzip";
    assert.equal(isGzip, encoding.startsWith("gzip"));
    const text = isGzip
      ? body!.pipeThrough(new DecompressionStream("gzip"))
      : body!;
    assert.deepEqual(await new Response(text).bytes(), bytes);
  }
});

Deno.test("nothing but the files of its folders is served", async () => {
  const handler = filesHandler([`${page.folder}/models`], true);
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

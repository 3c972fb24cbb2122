import assert from "node:assert/strict";
import { contactSheet } from "../../src/search/mod.ts";

const MATCHES = [
  { name: "a/b.jpg", src: "../a/b.jpg", similarity: 1 },
  { name: "c.jpg", src: "c.jpg", similarity: 0.54321 },
];

Deno.test("contactSheet() shows the photo and similar images in order", () => {
  const html = contactSheet({ name: "q.jpg", src: "q.jpg" }, MATCHES);
  assert.match(html, /^<!DOCTYPE html>\n<html lang="en">/);
  const images = [...html.matchAll(/<img [^>]*src="([^"]*)" alt="([^"]*)"/g)];
  assert.deepEqual(images.map(([, ...it]) => it), [
    ["q.jpg", "q.jpg"],
    ["../a/b.jpg", "a/b.jpg"],
    ["c.jpg", "c.jpg"],
  ]);
  assert.ok(html.indexOf("1.000") < html.indexOf("0.543"));
  assert.ok(html.includes("color-scheme: light dark"));
});

Deno.test("contactSheet() does without a file of the photo, and without any", () => {
  assert.equal(contactSheet(null, MATCHES).match(/<img /g)!.length, 2);
  assert.match(contactSheet(null, []), /The index has no images/);
});

Deno.test("contactSheet() makes no markup of names and addresses", () => {
  const name = `"><script>alert('&')</script>.jpg`;
  const image = { name, src: name, similarity: 1 };
  const plain = contactSheet({ name: "x", src: "x" }, [{
    ...image,
    name: "x",
    src: "x",
  }]);
  const html = contactSheet(image, [image]);
  const signs = (text: string) => text.match(/[<>"']/g);
  assert.deepEqual(signs(html), signs(plain));
  assert.ok(html.includes("&#60;script&#62;alert(&#39;&#38;&#39;)"));
});

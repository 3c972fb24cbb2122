import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  displaySource,
  isAddress,
  redactUrls,
  toUrl,
} from "../../src/io/address.ts";
import { asInPage } from "../as_in_page.ts";

for (
  const [source, shown] of [
    ["nsfw", "nsfw"],
    ["models/what?/m.h5", "models/what?/m.h5"], // A path may have any characters.
    ["c:\\models\\m.h5", "c:\\models\\m.h5"],
    ["https://a.org/m.h5", "https://a.org/m.h5"],
    ["https://a.org:8080/m.h5?token=1#x", "https://a.org:8080/m.h5?…"],
    ["https://me:secret@a.org/m.h5", "https://a.org/m.h5"],
    ["https://me:secret@/?token=1", "https://…@/?…"],
    ["https://a:99999/m?token=1", "https://a:99999/m?…"],
    ["file:///tmp/a%20b.h5", "/tmp/a b.h5"],
    ["file:///tmp/%E0%A4%A", "file:///tmp/%E0%A4%A"],
    ["data:image/png;base64,iVBORw0KGgo=", "data:image/png,…"],
    [new URL("https://a.org/m.h5?token=1"), "https://a.org/m.h5?…"],
  ] as const
) {
  Deno.test(`displaySource() shows ${source} as ${shown}`, () => {
    assert.equal(displaySource(source), shown);
  });
}

Deno.test("redactUrls() takes what may be secret out of addresses in a text", () => {
  assert.equal(
    redactUrls(
      "error sending request for url (https://u:p@a.org/m?token=1): http://b/?k=2 failed",
    ),
    "error sending request for url (https://a.org/m?…): http://b/?… failed",
  );
});

Deno.test("a page's relative addresses are relative to its base", async () => {
  const location = { href: "https://a.org/page/" };
  const resolved = (globals: Readonly<Record<string, unknown>>) =>
    asInPage({ location, ...globals }, () => toUrl("m.h5").href);
  assert.equal(
    await resolved({ document: { baseURI: "https://b.org/base/" } }),
    "https://b.org/base/m.h5",
  );
  assert.equal(await resolved({}), "https://a.org/page/m.h5"); // A worker.
});

Deno.test("a path has the address that node:url gives it", () => {
  const paths = [
    "/a/b.h5",
    "a.h5",
    "./a/../b//c.h5",
    "../../a",
    "/../a",
    "/",
    ".",
    "..",
    "a/",
    "/a/.",
    "//a/b",
    "a b.h5",
    " a ",
    "a?b#c%20d%.h5",
    "a\\b\nc\rd\te",
    "é/日本.h5",
    "a'\"<>`{}!$&()*+,;=@.h5",
    "\x01\x7f",
    "%2e%2e/a",
    "...",
    "a:b/c",
  ].map((it) => isAddress(it) ? `./${it}` : it);
  for (const path of paths) {
    assert.equal(toUrl(path).href, pathToFileURL(path).href, path);
  }
});

Deno.test("the address of a path leads back to it", () => {
  for (
    const path of [
      "/C|/a",
      "/c:/a",
      "/a|b",
      "/[a]^~",
      "/a b ",
      "/%41",
      "/a\ud800",
    ]
  ) {
    const expected = path.replace("\ud800", "\ufffd"); // No file can have such a name.
    assert.equal(fileURLToPath(toUrl(path)), expected);
  }
});

import assert from "node:assert/strict";
import { childText, parseXml } from "../../../src/batch/s3/xml.ts";

Deno.test("an element has its children and its text", () => {
  const root = parseXml(`<?xml version="1.0" encoding="UTF-8"?>
<!-- a <comment> -->
<List xmlns="http://x/" a='1>2'>
  <Key>a &amp;&lt;&gt;&quot;&apos;&#65;&#x1f642; b</Key><Empty/><Empty a="b" />
  <Raw><![CDATA[<&amp;]]></Raw>
</List>
`);
  assert.equal(root?.name, "List");
  assert.deepEqual(root?.children.map(({ name }) => name), [
    "Key",
    "Empty",
    "Empty",
    "Raw",
  ]);
  assert.equal(childText(root, "Key"), "a &<>\"'A🙂 b");
  assert.equal(childText(root, "Empty"), "");
  assert.equal(childText(root, "Raw"), "<&amp;");
  assert.equal(childText(root, "None"), undefined);
});

Deno.test("what isn't whole or well-formed is no document", () => {
  for (
    const text of [
      "",
      "text",
      "<a>",
      "<a><b></a></b>",
      "</a>",
      "<a></a><b></b>",
      "<a></a>text",
      "<a>&nbsp;</a>",
      "<a>&#x110000;</a>",
      "<a>b & c</a>",
      "<a b=c></a>",
      '<a b="<"></a>',
      "<!DOCTYPE a><a></a>",
      "<a><![CDATA[b</a>",
      "<a><!-- b</a>",
    ]
  ) {
    assert.equal(parseXml(text), undefined, text);
  }
});

Deno.test("a hostile document takes no longer than its length", () => {
  const deep = "<a>".repeat(100_000);
  assert.equal(parseXml(deep), undefined);
  assert.ok(parseXml(deep + "</a>".repeat(100_000)));
  assert.equal(parseXml(`<a ${"b ".repeat(100_000)}`), undefined);
  assert.equal(parseXml(`<a ${'b="" '.repeat(100_000)}`), undefined);
});

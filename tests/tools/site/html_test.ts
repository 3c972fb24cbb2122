import assert from "node:assert/strict";
import { escape, textOf, unescape } from "../../../tools/site/html.ts";

Deno.test("unescape() undoes escape(), and reads numbers", () => {
  const text = `a < b && "c" > &lt;`;
  assert.equal(unescape(escape(text)), text);
  assert.equal(unescape("a&#x2F;b&#39;c"), "a/b'c");
});

Deno.test("textOf() takes the markup out", () => {
  assert.equal(textOf("<p>a &lt;b&gt;\n<i>c</i> &amp;lt;</p>"), "a <b> c &lt;");
});

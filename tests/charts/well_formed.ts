import assert from "node:assert/strict";

/**
 * Counts the elements of an XML text by name, after asserting that it is well-formed:
 * matching tags, quoted attributes, escaped characters.
 */
export function elementsOf(xml: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const open: string[] = [];
  const tag = /<(\/?)([a-z]+)((?:\s+[a-zA-Z-]+="[^"<&]*")*)\s*(\/?)>/y;
  // deno-lint-ignore no-control-regex
  const content = /(?:[^<&\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#\d+;)+/y;
  for (let at = 0; at < xml.length;) {
    const rule = xml[at] === "<" ? tag : content;
    rule.lastIndex = at;
    const match = rule.exec(xml);
    assert.ok(match, `not well-formed at ${at}: ${xml.slice(at, at + 80)}`);
    at = rule.lastIndex;
    if (rule === content) continue;
    const [, closes, name, , isEmpty] = match;
    if (closes) assert.equal(open.pop(), name);
    else {
      counts.set(name!, (counts.get(name!) ?? 0) + 1);
      if (!isEmpty) open.push(name!);
    }
  }
  assert.deepEqual(open, []);
  assert.ok(xml.isWellFormed());
  return counts;
}

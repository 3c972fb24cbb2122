/** Texts that try to break out of an element, an attribute or a chart. */
export const HOSTILE_TEXTS = [
  `</text><script>alert("1")</script>`,
  `a & b < c > "d" 'e'`,
  "]]>",
  "null \0 escape \x1b[2J",
  "half a pair \ud83d",
  "日本語のラベル",
  "x".repeat(10_000),
  "",
];

/** Keys that some servers and clients have handled wrongly. */
export const ODD_KEYS: readonly string[] = [
  "a b.jpg",
  "a+b.jpg",
  "a%2Bb%20c.jpg",
  "100%.jpg",
  "a#b?c=d&e.jpg",
  "a//b.jpg",
  "/a.jpg",
  "grüße/фото/写真 🙂.jpg",
  "(a)!'*~;:@=$,[]{}|^`<>\"\\.jpg",
  "a\tb\nc.jpg",
  "..a/b../...jpg",
];

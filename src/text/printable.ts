/**
 * Characters that give orders rather than show anything: the control characters C0
 * (line breaks among them), DEL and C1, the separators of lines and paragraphs, and
 * those that turn the direction of what follows.
 */
const ORDERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * A text from a file, a file's name or an error as one line that a terminal shows
 * and doesn't obey: each character that gives it an order becomes U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(ORDERS, "\ufffd");
}

/** A value as JSON that a terminal doesn't obey either: the same value, escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    ORDERS,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Characters that control a terminal: C0 (with line breaks), DEL, C1, the separators of
 * lines and paragraphs, and those of direction.
 */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * A text from elsewhere as one line that is safe on a terminal: each control character
 * becomes U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, "\ufffd");
}

/** A value as JSON whose control characters are escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    CONTROLS,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

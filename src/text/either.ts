/** Names in a sentence: `JPEG, PNG or WebP`. */
export function either(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " or $1");
}

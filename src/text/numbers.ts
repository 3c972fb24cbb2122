/**
 * Numbers as people read them.
 *
 * @module
 */

/** A number of things: `1 photo`, `2,000 photos`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A size: `23.8 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A part of 0..1: `89.2%`. */
export function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}

/** The same, or a dash where there is none. */
export function percentOrDash(part: number | null): string {
  return part === null ? "-" : percent(part);
}

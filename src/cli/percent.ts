/** A part of 0..1 for people: `"89.2%"`. */
export function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}

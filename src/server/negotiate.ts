import { Problem } from "./problem.ts";

/** The supported media types, by preference. */
const MEDIA_TYPES = ["application/json", "text/plain"] as const;

export type MediaType = typeof MEDIA_TYPES[number];

/**
 * The media type preferred by an `Accept` header (RFC 9110, 12.5.1). A null or empty
 * header accepts any. The most specific matching range determines the weight of a type.
 *
 * @throws {Problem} 406, when no type is acceptable.
 */
export function negotiate(accept: string | null): MediaType {
  if (!accept?.trim()) return MEDIA_TYPES[0];
  const ranges = accept.toLowerCase().split(",").map(parseRange);
  let best: MediaType | null = null;
  let most = 0;
  for (const type of MEDIA_TYPES) {
    const weight = weightOf(type, ranges);
    if (weight > most) [best, most] = [type, weight];
  }
  if (best) return best;
  const detail = `There is ${MEDIA_TYPES.join(" and ")}`;
  throw new Problem(406, "not-acceptable", detail);
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

function parseRange(text: string): Range {
  const [type, ...parameters] = text.split(";").map((it) => it.trim());
  const q = parameters.find((it) => it.startsWith("q="))?.slice(2);
  const valid = q === undefined || /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q);
  return { type: type!, weight: valid ? Number(q ?? 1) : 0 };
}

function weightOf(type: MediaType, ranges: readonly Range[]): number {
  const [main] = type.split("/");
  for (const name of [type, `${main}/*`, "*/*"]) {
    const range = ranges.find((it) => it.type === name);
    if (range) return range.weight;
  }
  return 0;
}

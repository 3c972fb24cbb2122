import { ArgumentError } from "../errors.ts";

/** The headers by which a browser lets pages of other origins use the server. */
export interface Cors {
  /** For any answer. */
  headers(request: Request): Record<string, string>;
  /** For the answer to a preflight of a resource with such methods. */
  preflight(methods: string): Record<string, string>;
}

/**
 * The Fetch standard's CORS protocol, without credentials: a token goes in a header
 * that the page sets itself.
 *
 * @param allowed The origins that may, or `"*"`.
 * @throws {ArgumentError} When one isn't an origin.
 */
export function corsFor(allowed: string | readonly string[]): Cors {
  const origins = typeof allowed === "string" ? [allowed] : allowed;
  for (const origin of origins) {
    if (/^([a-z][\w+.-]*:\/\/[^/?#\s]+|\*)$/.test(origin)) continue;
    throw new ArgumentError(
      `Cannot allow the origin "${origin}" as it must be like https://example.org, or *`,
    );
  }
  const any = origins.includes("*");
  return {
    headers(request) {
      const origin = request.headers.get("Origin");
      const listed = origin !== null && origins.includes(origin);
      return {
        ...(any || listed) && {
          "Access-Control-Allow-Origin": any ? "*" : origin!,
          "Access-Control-Expose-Headers": "Retry-After, Server-Timing",
        },
        // A cache must not give one origin's answer to another.
        ...!any && { "Vary": "Origin" },
      };
    },
    preflight: (methods) => ({
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": "Authorization, Content-Type",
      "Access-Control-Max-Age": "7200",
    }),
  };
}

/** Whether a browser asks what it may send. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Origin") &&
    headers.has("Access-Control-Request-Method");
}

import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** The headers by which a browser lets pages of other origins use the server. */
export interface Cors {
  /** For any answer. */
  headers(request: Request): Record<string, string>;
  /** For the answer to a preflight of a resource with such methods. */
  preflight(request: Request, methods: string): Record<string, string>;
}

/**
 * The Fetch standard's CORS protocol, without credentials: a token goes in a header
 * that the page sets itself.
 *
 * @param allowed The origins that may, or `"*"`.
 * @throws {ArgumentError} When one isn't an origin as browsers write it.
 */
export function corsFor(allowed: string | readonly string[]): Cors {
  const origins = typeof allowed === "string" ? [allowed] : allowed;
  assertArgument(
    Array.isArray(origins),
    "serve as cors must be an origin or an array of origins",
    allowed,
  );
  origins.forEach(assertOrigin);
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
    preflight: ({ headers }, methods) => ({
      "Access-Control-Allow-Methods": methods,
      // Clients' libraries add headers of their own, which do no harm here.
      "Access-Control-Allow-Headers":
        headers.get("Access-Control-Request-Headers") ??
          "Authorization, Content-Type",
      "Access-Control-Max-Age": "7200",
    }),
  };
}

/** Refuses what no browser sends, and what would never be equal to anything. */
function assertOrigin(origin: string): void {
  if (origin === "*") return;
  const cannot = `Cannot allow the origin "${origin}" as`;
  if (origin.includes("*")) {
    throw new ArgumentError(
      `${cannot} patterns aren't matched: name each origin, or * for all`,
    );
  }
  if (!/^[a-z][\w+.-]*:\/\/[^/?#\s]+$/.test(origin)) {
    throw new ArgumentError(
      `${cannot} it must be like https://example.org, or *`,
    );
  }
  // Of other schemes, such as an app's, the standard has no origin.
  // Node 20 has no URL.parse.
  const written = URL.canParse(origin) ? new URL(origin).origin : undefined;
  if (written === "null" || written === origin) return;
  throw new ArgumentError(
    `${cannot} browsers ${written ? `write it ${written}` : "have none such"}`,
  );
}

/** Whether a browser asks what it may send. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Origin") &&
    headers.has("Access-Control-Request-Method");
}

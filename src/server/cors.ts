import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** The headers that let pages of other origins use the server. */
export interface Cors {
  /** The headers of any answer. */
  headers(request: Request): Record<string, string>;
  /** The headers of the answer to a preflight of a route with `methods`. */
  preflight(request: Request, methods: string): Record<string, string>;
}

/**
 * The Fetch standard's CORS protocol, without credentials: a page sends the token in a
 * header.
 *
 * @throws {ArgumentError} When `allowed` has what isn't `*` or an origin as browsers
 * write it.
 */
export function createCors(allowed: string | readonly string[]): Cors {
  const origins = typeof allowed === "string" ? [allowed] : allowed;
  const rule = "serve as cors must be an origin or an array of origins";
  assertArgument(Array.isArray(origins), rule, allowed);
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
      "Access-Control-Allow-Headers": allowedHeaders(
        headers.get("Access-Control-Request-Headers"),
      ),
      "Access-Control-Max-Age": "7200",
      "Vary": "Access-Control-Request-Headers",
    }),
  };
}

/** What pages send, and what Supabase's library adds. */
const USUAL_HEADERS = "Authorization, Content-Type, apikey, x-client-info";

/** The most bytes of a list of headers that is allowed as it is asked for. */
const MAX_HEADERS_BYTES = 1024;

/** Names as RFC 9110 has them, in a list that is never empty. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+([ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/**
 * The headers that a page may send: those that it asks for, as libraries of clients add
 * harmless ones of their own.
 */
function allowedHeaders(asked: string | null): string {
  const isAllowed = asked !== null && asked.length <= MAX_HEADERS_BYTES &&
    HEADER_NAMES.test(asked);
  return isAllowed ? asked : USUAL_HEADERS;
}

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
  // The standard has no origins of other schemes, such as an app's.
  // Node 20 has no URL.parse.
  const written = URL.canParse(origin) ? new URL(origin).origin : undefined;
  if (written === "null" || written === origin) return;
  throw new ArgumentError(
    `${cannot} browsers ${written ? `write it ${written}` : "have none such"}`,
  );
}

/** Whether a browser asks which requests a page may send. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Origin") &&
    headers.has("Access-Control-Request-Method");
}

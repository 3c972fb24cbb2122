import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** The headers that allow pages of other origins to use the server. */
export interface Cors {
  /** The headers of any response. */
  headers(request: Request): Record<string, string>;
  /** The headers of a preflight response, for a route with `methods`. */
  preflight(request: Request, methods: string): Record<string, string>;
}

/**
 * The CORS protocol of the Fetch standard, without credentials: pages send the token in a
 * header.
 *
 * @throws {ArgumentError} When `allowed` has anything but `*` or origins as serialized by
 * browsers.
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
        // A cache must not reuse a response for another origin.
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

/** Headers that pages send, including those of Supabase's library. */
const USUAL_HEADERS = "Authorization, Content-Type, apikey, x-client-info";

/** The maximum length of a requested list of headers that is echoed. */
const MAX_HEADERS_BYTES = 1024;

/** A nonempty list of names by RFC 9110. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+([ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/**
 * The headers that a page may send: those requested, as client libraries add harmless
 * ones.
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
  // The standard doesn't define origins for other schemes, such as an app's. Node 20 has
  // no URL.parse.
  const written = URL.canParse(origin) ? new URL(origin).origin : undefined;
  if (written === "null" || written === origin) return;
  throw new ArgumentError(
    `${cannot} browsers ${written ? `write it ${written}` : "have none such"}`,
  );
}

/** Whether a request is a CORS preflight. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Origin") &&
    headers.has("Access-Control-Request-Method");
}

import { printable } from "../../text/printable.ts";
import type { Answer } from "./exchange.ts";
import type { S3Settings } from "./settings.ts";
import { childText, parseXml } from "./xml.ts";

/** The reason why a server refused a request. */
export interface Refusal {
  /** S3's error code, such as `SlowDown`; `""` if there is none. */
  readonly code: string;
  /** A text to follow the object's name. */
  readonly reason: string;
  /** Whether the same request may succeed soon. */
  readonly isPassing: boolean;
}

/** The maximum number of characters of a server's message to show. */
const MAX_MESSAGE = 300;

/** S3's codes of temporary errors, in addition to HTTP statuses from 500. */
const PASSING = /^(RequestTimeout|SlowDown|Throttling\w*|OperationAborted)$/;

const EXPIRED =
  "the keys have expired: set new ones, and their AWS_SESSION_TOKEN";
const UNKNOWN_KEY = "the server doesn't know AWS_ACCESS_KEY_ID";
const WRONG_KEY = "AWS_SECRET_ACCESS_KEY doesn't belong to AWS_ACCESS_KEY_ID";
const WRONG_TOKEN = "AWS_SESSION_TOKEN doesn't belong to AWS_ACCESS_KEY_ID";

const REASONS: Readonly<Record<string, string>> = {
  ExpiredToken: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: WRONG_TOKEN,
  InvalidAccessKeyId: UNKNOWN_KEY,
  SignatureDoesNotMatch: WRONG_KEY,
  AccessDenied:
    "the keys don't allow it. Without the right to list the bucket, this may also mean that there is no such object",
  AllAccessDisabled: "all access to the bucket is disabled",
  NoSuchBucket: "there is no such bucket",
  InvalidObjectState: "it is archived: restore it first",
};

/** Explains an unsuccessful response. */
export function refusalOf(
  { status, headers, body }: Answer,
  settings: S3Settings,
  isHead: boolean,
): Refusal {
  const error = parseXml(new TextDecoder().decode(body ?? new Uint8Array()));
  const isError = error?.name === "Error";
  const code = isError
    ? shown(childText(error, "Code") ?? "", settings)
    // A response to HEAD has no code. Any other 404 without a code is from a different
    // kind of server: the endpoint is wrong.
    : isHead && status === 404
    ? "NoSuchKey"
    : "";
  const message = isError
    ? shown(childText(error, "Message") ?? "", settings)
    : "";
  const region = headers.get("x-amz-bucket-region") ??
    (isError ? childText(error, "Region") : undefined);
  const said =
    [`the server answered ${status}`, code].filter(Boolean).join(" ") +
    (message && `: ${message}`);
  const advice = code === "RequestTimeTooSkewed"
    ? clockAdvice(headers)
    : status === 301 || status === 307 || isRegion(code)
    ? regionAdvice(region, settings)
    : REASONS[code] ??
      (status === 403 || status === 401 ? "the keys were refused" : "");
  return {
    code,
    reason: advice ? `${advice} (${said})` : said,
    isPassing: status >= 500 || status === 429 || status === 408 ||
      PASSING.test(code),
  };
}

function isRegion(code: string): boolean {
  return /^(AuthorizationHeaderMalformed|PermanentRedirect|TemporaryRedirect|IllegalLocationConstraintException)$/
    .test(code);
}

function clockAdvice(headers: Headers): string {
  const [here, there] = [new Date(), new Date(headers.get("date") ?? NaN)]
    .map((it) => isNaN(it.getTime()) ? "another time" : it.toISOString());
  return `this machine's clock is wrong: it says ${here}, the server's says ${there}`;
}

function regionAdvice(
  region: string | undefined,
  settings: S3Settings,
): string {
  return region !== undefined && region !== settings.region
    ? `the bucket is in another region: set AWS_REGION to ${
      shown(region, settings)
    }, it is ${settings.region}`
    : `the bucket is in another region than AWS_REGION, or at another endpoint: the region is ${settings.region}`;
}

/** A server's text for messages: one short line without secrets. */
function shown(text: string, settings: S3Settings): string {
  let bare = text;
  for (const secret of [settings.secretAccessKey, settings.sessionToken]) {
    // Shorter ones, as in tests, may be parts of words.
    if (secret && secret.length >= 8) bare = bare.replaceAll(secret, "…");
  }
  return printable(
    bare.length > MAX_MESSAGE ? `${bare.slice(0, MAX_MESSAGE)}…` : bare,
  );
}

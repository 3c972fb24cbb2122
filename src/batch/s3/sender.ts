import { delay } from "../../async/delay.ts";
import { StorageError } from "../../errors.ts";
import { importPackage } from "../../runtime/packages.ts";
import { sha256OfBytes } from "../../weights/store/sha256.ts";
import {
  type Answer,
  ConnectionError,
  exchange,
  type ExchangeOptions,
} from "./exchange.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { objectUrl, s3Address, type S3Place } from "./s3_address.ts";
import type { S3Settings } from "./settings.ts";
import type * as Aws4Fetch from "aws4fetch";

/** A request before it is signed. */
export interface S3Request {
  readonly method: "GET" | "PUT" | "HEAD";
  readonly place: S3Place;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The time limits of a client. */
export interface S3Patience {
  /** The maximum time without data from a server, in ms. @default 30000 */
  readonly maxSilence?: number;
  /** The longest pause before each retry, in ms. */
  readonly pauses?: readonly number[];
}

/** Options of a request. */
export type SendOptions = Omit<ExchangeOptions, "maxSilence">;

/** 14 s in total at most, 7 s on average, as each pause is randomized. */
const PAUSES = [100, 300, 1000, 3000, 10_000];

/**
 * Creates a function that signs and sends requests. It retries while a server is
 * overloaded, silent or unreachable.
 *
 * @returns The function. It returns a successful response, or `undefined` if there is no
 * such object. It throws a {@linkcode StorageError} that begins with `action` and the
 * object's address.
 * @throws {PackageUnavailableError} When aws4fetch, which signs requests, isn't
 * installed.
 */
export async function createSender(
  settings: S3Settings,
  { maxSilence = 30_000, pauses = PAUSES }: S3Patience,
) {
  const { AwsV4Signer } = await importPackage<typeof Aws4Fetch>(
    "aws4fetch",
    "for buckets",
  );
  /** Signing keys, which change daily. */
  const cache = new Map<string, ArrayBuffer>();

  async function sign({ method, place, query, headers, body }: S3Request) {
    const { accessKeyId, secretAccessKey, sessionToken, region } = settings;
    const signer = new AwsV4Signer({
      url: objectUrl(settings, place, query).href,
      method,
      headers: {
        ...headers,
        // The server verifies this against the received body.
        "x-amz-content-sha256": await sha256OfBytes(body ?? new Uint8Array()),
      },
      accessKeyId,
      secretAccessKey,
      ...sessionToken === undefined ? {} : { sessionToken },
      service: "s3",
      region,
      cache,
    });
    const { url, headers: signed } = await signer.sign();
    return { method, url, headers: signed, body };
  }

  async function attempt(
    request: S3Request,
    options: SendOptions,
  ): Promise<Answer | Refusal> {
    try {
      const signed = await sign(request);
      const answer = await exchange(signed, { maxSilence, ...options });
      return answer.status >= 200 && answer.status < 300
        ? answer
        : refusalOf(answer, settings, request.method === "HEAD");
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return { code: "", reason: error.message, isPassing: true };
    }
  }

  return async function send(
    action: string,
    request: S3Request,
    options: SendOptions,
  ): Promise<Answer | undefined> {
    for (let tries = 1;; tries++) {
      const outcome = await attempt(request, options);
      if ("status" in outcome) return outcome;
      const { code, reason, isPassing } = outcome;
      if (code === "NoSuchKey") return undefined;
      const pause = isPassing ? pauses[tries - 1] : undefined;
      if (pause === undefined) {
        const many = tries > 1 ? `, at the last of ${tries} tries` : "";
        const address = s3Address(request.place);
        throw new StorageError(`Cannot ${action} ${address}: ${reason}${many}`);
      }
      await delay(Math.random() * pause, options.signal);
    }
  };
}

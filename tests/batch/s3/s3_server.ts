/**
 * A server of buckets for tests. It verifies each request's signature with its own
 * implementation of the documented Signature Version 4.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import type { S3Settings } from "../../../src/batch/s3/settings.ts";

/** Replaces a response; `undefined` lets the server respond. */
export type Fault = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

export interface S3Server extends AsyncDisposable {
  readonly settings: S3Settings;
  /** Bytes by `bucket/key`. A bucket exists if it has an object. */
  readonly objects: Map<string, Uint8Array>;
  /** Each request removes and uses the first one. */
  readonly faults: Fault[];
  /** The requests so far: `GET /bucket/key`. */
  readonly requests: string[];
  /** The number of objects per page of a list. */
  pageSize: number;
}

/** The modification time of all objects. */
export const WRITTEN = "2026-03-04T05:06:07.000Z";

const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "a session's token=",
  region: "eu-west-3",
};

export function startS3(): S3Server {
  const objects = new Map<string, Uint8Array>();
  const faults: Fault[] = [];
  const requests: string[] = [];
  const closing = new AbortController();
  const handler = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    requests.push(`${request.method} ${pathname}${search}`);
    const answer = await faults.shift()?.(request);
    if (answer !== undefined) return answer;
    const body = new Uint8Array(await request.arrayBuffer());
    const wrong = wrongSignature(request, body);
    if (wrong !== undefined) {
      return errorAnswer(403, "SignatureDoesNotMatch", wrong);
    }
    return serve(request, body, objects, server.pageSize);
  };
  const http = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: closing.signal,
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, handler);
  const endpoint = new URL(`http://127.0.0.1:${http.addr.port}`);
  const server: S3Server = {
    settings: { ...KEYS, endpoint },
    objects,
    faults,
    requests,
    pageSize: 1000,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await http.finished;
    },
  };
  return server;
}

/** An error response of S3. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: HeadersInit = {},
): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return new Response(text, { status, headers });
}

function serve(
  request: Request,
  body: Uint8Array,
  objects: Map<string, Uint8Array>,
  pageSize: number,
): Response {
  const { pathname, searchParams } = new URL(request.url);
  const path = decodeURIComponent(pathname).slice(1);
  const bucket = path.replace(/(\/.*)?$/s, "/");
  const isThere = [...objects.keys()].some((it) => it.startsWith(bucket));
  if (!isThere && request.method !== "PUT") {
    return errorAnswer(
      404,
      "NoSuchBucket",
      "The specified bucket does not exist",
    );
  }
  if (searchParams.has("list-type")) {
    return listAnswer(path, searchParams, objects, pageSize);
  }
  if (request.method === "PUT") {
    objects.set(path, body);
    return new Response();
  }
  const bytes = objects.get(path);
  if (bytes === undefined) {
    return errorAnswer(404, "NoSuchKey", "The specified key does not exist.");
  }
  const headers = { "last-modified": new Date(WRITTEN).toUTCString() };
  if (request.method === "HEAD") {
    const length = { "content-length": `${bytes.length}` };
    return new Response(null, { headers: { ...headers, ...length } });
  }
  const range = request.headers.get("range")?.match(/^bytes=(\d+)-(\d+)$/);
  const part = range
    ? bytes.subarray(Number(range[1]), Number(range[2]) + 1)
    : bytes;
  return new Response(part as BodyInit, { status: range ? 206 : 200, headers });
}

function listAnswer(
  bucket: string,
  query: URLSearchParams,
  objects: ReadonlyMap<string, Uint8Array>,
  pageSize: number,
): Response {
  const after = query.get("continuation-token") ?? "";
  const keys = [...objects.keys()]
    .filter((it) => it.startsWith(`${bucket}/${query.get("prefix") ?? ""}`))
    .map((it) => it.slice(bucket.length + 1))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((it) => after === "" || it > after);
  const page = keys.slice(0, pageSize);
  const isTruncated = page.length < keys.length;
  const shown = (key: string) =>
    query.get("encoding-type") === "url"
      ? encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")
      : escapeXml(key);
  const contents = page.map((key) =>
    `<Contents><Key>${
      shown(key)
    }</Key><LastModified>${WRITTEN}</LastModified><Size>${
      objects.get(`${bucket}/${key}`)!.length
    }</Size></Contents>`
  );
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${
    isTruncated
      ? `<NextContinuationToken>${
        escapeXml(page.at(-1)!)
      }</NextContinuationToken>`
      : ""
  }${contents.join("")}</ListBucketResult>`);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** The fault in a request's signature, if any. */
function wrongSignature(
  request: Request,
  body: Uint8Array,
): string | undefined {
  const { method, headers } = request;
  const [, credential = "", names = "", signature = ""] =
    headers.get("authorization")?.match(
      /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([\da-f]{64})$/,
    ) ?? [];
  const time = headers.get("x-amz-date") ?? "";
  const scope = [time.slice(0, 8), KEYS.region, "s3", "aws4_request"];
  if (credential !== [KEYS.accessKeyId, ...scope].join("/")) return "scope";
  if (headers.get("x-amz-security-token") !== KEYS.sessionToken) return "token";
  const sent = time.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  );
  if (!(Math.abs(Date.now() - Date.parse(sent)) < 900_000)) return "time";
  const bodyHash = createHash("sha256").update(body).digest("hex");
  if (headers.get("x-amz-content-sha256") !== bodyHash) return "content";
  const signed = names.split(";");
  if (!signed.includes("host")) return "host";
  const url = new URL(request.url);
  const canonical = [
    method,
    url.pathname.split("/").map((it) => escape(decodeURIComponent(it)))
      .join("/"),
    url.search.slice(1).split("&").filter(Boolean)
      .map((pair) =>
        pair.split("=").map((it) => escape(decodeURIComponent(it)))
          .join("=")
      ).sort().join("&"),
    ...signed.map((it) =>
      `${it}:${it === "host" ? url.host : headers.get(it)}`
    ),
    "",
    names,
    bodyHash,
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    time,
    scope.join("/"),
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  let key: Uint8Array = Buffer.from(`AWS4${KEYS.secretAccessKey}`);
  for (const part of scope) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return createHmac("sha256", key).update(text).digest("hex") === signature
    ? undefined
    : "signature";
}

/** Escapes all characters except RFC 3986's unreserved ones. */
function escape(text: string): string {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte)) && byte < 128
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

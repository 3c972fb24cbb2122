/**
 * Addresses of objects: `s3://bucket/key`. As in other tools, the key isn't escaped, and
 * may contain `?` and `#`.
 *
 * @module
 */
import { assertArgument } from "../../argument.ts";
import type { S3Settings } from "./settings.ts";

/** The place of an object. */
export interface S3Place {
  readonly bucket: string;
  /** An object's key, or the prefix of several; `""` for the whole bucket. */
  readonly key: string;
}

/** Whether an address is that of a bucket, or of an object in one. */
export function isS3Address(address: string): boolean {
  return /^s3:/i.test(address);
}

/** @throws {ArgumentError} When it isn't such an address. */
export function parseS3Address(address: string): S3Place {
  const [, bucket = "", key = ""] =
    address.match(/^s3:\/\/([^/]*)\/?(.*)$/is) ?? [];
  const rule =
    "use a bucket as its address must be s3://bucket/key, with a bucket of 3 to 255 letters, digits, dots, hyphens and underscores, and a key in whose path no part is . or ..";
  assertArgument(isSound(bucket, key), rule, address);
  return { bucket, key };
}

/** An object's address. */
export function s3Address({ bucket, key }: S3Place): string {
  return `s3://${bucket}/${key}`;
}

/** Whether a URL can represent the key: URLs drop the segments `.` and `..`. */
export function isNameable(key: string): boolean {
  return key.isWellFormed() && !/(^|\/)\.\.?(\/|$)/.test(key);
}

function isSound(bucket: string, key: string): boolean {
  return /^[\w.-]{3,255}$/.test(bucket) && !bucket.includes("..") &&
    isNameable(key);
}

/** A bucket name that fits one label of a host name, as certificates require. */
const LABEL = /^[a-z\d][a-z\d-]{1,61}[a-z\d]$/;

/** The URL of an object, or of a bucket if the key is `""`. */
export function objectUrl(
  { endpoint, region }: S3Settings,
  { bucket, key }: S3Place,
  query: Readonly<Record<string, string>> = {},
): URL {
  const domain = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  const isVirtual = endpoint === undefined && LABEL.test(bucket);
  const host = isVirtual
    ? `https://${bucket}.s3.${region}.${domain}`
    : endpoint?.href.replace(/\/+$/, "") ?? `https://s3.${region}.${domain}`;
  const path = key.split("/").map(encode).join("/");
  const parts = isVirtual ? [path] : key === "" ? [bucket] : [bucket, path];
  const pairs = Object.entries(query).map(([name, value]) =>
    `${encode(name)}=${encode(value)}`
  );
  const search = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  return new URL(`${host}/${parts.join("/")}${search}`);
}

/** Also escapes the characters reserved by RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

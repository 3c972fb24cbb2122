import { childText, parseXml, type XmlElement } from "./xml.ts";

/** An object in the list of a bucket. */
export interface S3Object {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** The time it was written, in ms since 1970. */
  readonly modified: number;
}

/** A page of a bucket's list. */
export interface ObjectPage {
  readonly objects: readonly S3Object[];
  /** The token of the next page; `undefined` on the last. */
  readonly next: string | undefined;
}

/**
 * Parses a page: the response to `ListObjectsV2`.
 *
 * @returns `undefined` if the document is of another kind, or incomplete.
 */
export function parseObjectPage(document: string): ObjectPage | undefined {
  const root = parseXml(document);
  if (root?.name !== "ListBucketResult") return undefined;
  const isTruncated = childText(root, "IsTruncated");
  const next = childText(root, "NextContinuationToken") || undefined;
  // Without the token, the list would silently end too early.
  const isSound = isTruncated === "false" ||
    isTruncated === "true" && next !== undefined;
  if (!isSound) return undefined;
  // Some servers ignore the request to escape keys.
  const isEscaped = childText(root, "EncodingType") === "url";
  const objects: S3Object[] = [];
  for (const element of root.children) {
    if (element.name !== "Contents") continue;
    const object = parseObject(element, isEscaped);
    if (object === undefined) return undefined;
    objects.push(object);
  }
  return { objects, next: isTruncated === "true" ? next : undefined };
}

function parseObject(
  element: XmlElement,
  isEscaped: boolean,
): S3Object | undefined {
  const text = childText(element, "Key") || undefined;
  const key = text !== undefined && isEscaped ? unescapeKey(text) : text;
  const size = childText(element, "Size") ?? "";
  const modified = Date.parse(childText(element, "LastModified") ?? "");
  return key === undefined || !/^\d{1,15}$/.test(size) || isNaN(modified)
    ? undefined
    : { key, size: Number(size), modified };
}

/** Amazon's lists encode a space as a plus, and a plus as `%2B`. */
function unescapeKey(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

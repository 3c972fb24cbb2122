import { StorageError } from "../../errors.ts";
import { parseObjectPage, type S3Object } from "./object_list.ts";
import { s3Address, type S3Place } from "./s3_address.ts";
import { createSender, type S3Patience } from "./sender.ts";
import { readS3Settings, type S3Settings } from "./settings.ts";

/** Options of `get`. */
export interface GetOptions {
  /** The maximum number of bytes to read. @default 2 ** 31 */
  readonly limit?: number;
  /** Reads only the bytes from `start` to `end` (exclusive). */
  readonly range?: readonly [start: number, end: number];
  /** Resolves when there is memory for the bytes. They are read afterwards. */
  readonly reserve?: ((bytes: number) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The operations on buckets. Each is retried while a server is overloaded, silent or
 * unreachable.
 *
 * Each throws a {@linkcode StorageError} that names the object and the reason, and an
 * {@linkcode AbortedError} when the signal fires.
 */
export interface S3Client {
  /** Reads an object; `undefined` if there is none, `null` if it exceeds the limit. */
  get(
    place: S3Place,
    options?: GetOptions,
  ): Promise<Uint8Array | undefined | null>;
  /** Writes or replaces an object atomically. */
  put(place: S3Place, bytes: Uint8Array): Promise<void>;
  /** An object's size and time; `undefined` if there is none. */
  head(place: S3Place): Promise<S3Object | undefined>;
  /**
   * Lists the objects whose keys begin with `place.key`, in the order of their keys as
   * UTF-8. Pages of up to 1000 are requested on demand.
   */
  list(place: S3Place): AsyncGenerator<S3Object, void, void>;
}

const MAX_BYTES = 2 ** 31;

/**
 * The maximum size of a page in bytes: 1000 keys of 1024 bytes, all of which may be
 * escaped.
 */
const MAX_PAGE_BYTES = 2 ** 24;

/**
 * Opens buckets with the keys from the environment.
 *
 * @throws As {@linkcode readS3Settings} and {@linkcode createS3} do.
 */
export async function openS3(): Promise<S3Client> {
  return await createS3(await readS3Settings());
}

/** @throws {PackageUnavailableError} When aws4fetch, which signs requests, isn't installed. */
export async function createS3(
  settings: S3Settings,
  patience: S3Patience = {},
): Promise<S3Client> {
  const send = await createSender(settings, patience);

  async function readPage(place: S3Place, token: string | undefined) {
    const query = {
      "list-type": "2",
      "encoding-type": "url",
      ...place.key === "" ? {} : { prefix: place.key },
      ...token === undefined ? {} : { "continuation-token": token },
    };
    const bucket = { bucket: place.bucket, key: "" };
    const answer = await send(
      "list",
      { method: "GET", place: bucket, query },
      { limit: MAX_PAGE_BYTES },
    );
    const page = answer?.body &&
      parseObjectPage(new TextDecoder().decode(answer.body));
    // A page that links to itself would never end.
    if (page && (page.next === undefined || page.next !== token)) return page;
    throw new StorageError(
      `Cannot list ${
        s3Address(place)
      }: what the server answered isn't the list of a bucket`,
    );
  }

  return {
    async get(place, { limit = MAX_BYTES, range, reserve, signal } = {}) {
      const [start, end] = range ?? [0, undefined];
      const headers = end === undefined
        ? {}
        : { range: `bytes=${start}-${end - 1}` };
      const request = { method: "GET", place, headers } as const;
      const answer = await send("read", request, { limit, reserve, signal });
      // A server without range support returns everything.
      return answer?.status === 200 && answer.body
        ? answer.body.subarray(start, end)
        : answer?.body;
    },
    async put(place, bytes) {
      const request = { method: "PUT", place, body: bytes } as const;
      const answer = await send("write", request, { limit: MAX_BYTES });
      if (answer !== undefined) return;
      throw new StorageError(
        `Cannot write ${s3Address(place)}: the server answered 404 NoSuchKey`,
      );
    },
    async head(place) {
      const request = { method: "HEAD", place } as const;
      const answer = await send("read", request, { limit: MAX_BYTES });
      return answer && {
        key: place.key,
        size: Number(answer.headers.get("content-length") ?? 0),
        modified: Date.parse(answer.headers.get("last-modified") ?? "") || 0,
      };
    },
    async *list(place) {
      let token: string | undefined;
      do {
        const { objects, next } = await readPage(place, token);
        yield* objects;
        token = next;
      } while (token !== undefined);
    },
  };
}

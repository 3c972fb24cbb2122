import { throwIfAborted } from "../async/abort.ts";
import {
  ArgumentError,
  ImageTooLargeError,
  ImageUnavailableError,
  TotemError,
  UnsupportedImageError,
} from "../errors.ts";
import { openFileOrKind, readByteSource } from "../io/open_file.ts";
import { hasFiles } from "../runtime/environment.ts";
import { abortableStream, readStream } from "../io/read_stream.ts";
import {
  displaySource,
  displayUrl,
  isAddress,
  pageAddress,
} from "../io/address.ts";
import { assertUnread, refusalReason, request } from "../io/request.ts";
import { nameForeignFormat } from "./foreign_format.ts";

/** Reads an image file. A stream that isn't read to its end is cancelled. */
export async function fetchBytes(
  source: string | URL | Response | ReadableStream<Uint8Array>,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  try {
    if (typeof source === "object" && "getReader" in source) {
      return await readAll(source, "the stream", signal);
    }
    if (typeof source === "object" && "body" in source) {
      const name = source.url ? displaySource(source.url) : "the image";
      assertUnread(source, name);
      return await readAnswer(source, source.body, name, signal);
    }
    return await readAddress(source, signal).catch((error) => {
      throw withPlace(error, source);
    });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

/** Converts a system error, such as a missing permission, to an image error. */
function withPlace(error: Error, source: string | URL): TotemError {
  if (error instanceof TotemError) return error;
  return new ImageUnavailableError(
    `Cannot read the image ${
      shownPath(displaySource(source))
    }: ${error.message}`,
    { cause: error },
  );
}

async function readAddress(
  source: string | URL,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (source === "") {
    throw new ArgumentError(
      'Cannot read an image as its address or path must not be empty: current value is ""',
    );
  }
  if (hasFiles() && typeof source === "string" && !isAddress(source)) {
    return await readFile(source, shownPath(source), signal);
  }
  const url = resolve(source);
  if (url.protocol === "file:" && hasFiles()) {
    return await readFile(url, displayUrl(url), signal);
  }
  const unavailable = (text: string, options?: ErrorOptions) =>
    new ImageUnavailableError(text, options);
  const { response, body } = await request(url, {}, { signal }, unavailable);
  return await readAnswer(response, body, displaySource(url), signal);
}

/** @throws {ImageUnavailableError} When the address isn't well-formed. */
function resolve(source: string | URL): URL {
  try {
    const url = new URL(source, pageAddress());
    if (url.protocol === "file:") decodeURIComponent(url.href);
    return url;
  } catch (cause) {
    throw new ImageUnavailableError(
      `Cannot read the image ${
        shownPath(displaySource(source))
      } as it isn't a well-formed address`,
      { cause },
    );
  }
}

/** Shortens a long path: it may be a Base64 file passed by mistake. */
function shownPath(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}

async function readFile(
  path: string | URL,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const file = await openFileOrKind(path);
  if (typeof file !== "object") {
    throw new ImageUnavailableError(
      file === undefined
        ? `Cannot find the image ${name}`
        : `Cannot read the image ${name} as it must be a file: it is a ${file}`,
    );
  }
  const bytes = file.size > MAX_FILE_BYTES
    ? await file.close().then(() => null)
    : await readByteSource(
      {
        async read(target) {
          signal?.throwIfAborted();
          return await file.read(target);
        },
        close: () => file.close(),
      },
      file.size,
      MAX_FILE_BYTES,
    );
  if (bytes === null) throw tooManyBytes(name);
  return bytes;
}

/** Reads the body of a server's response. */
async function readAnswer(
  response: Response,
  body: ReadableStream<Uint8Array> | null,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (!response.ok) {
    await body?.cancel();
    throw new ImageUnavailableError(
      `Cannot download ${name}: ${refusalReason(response)}`,
    );
  }
  const length = Number(response.headers.get("content-length") ?? 0);
  if (length > MAX_FILE_BYTES) await body?.cancel();
  assertFileSize(name, length);
  const bytes = body === null
    ? new Uint8Array()
    : await readAll(body, name, signal);
  if (bytes.length === 0) {
    throw new ImageUnavailableError(
      `Cannot download ${name}: ${refusalReason(response)} and sent nothing`,
    );
  }
  if (nameForeignFormat(bytes) === "HTML") {
    throw new UnsupportedImageError(
      `Cannot decode ${name}: the server answered with a web page, not the image`,
      "HTML",
    );
  }
  return bytes;
}

async function readAll(
  stream: ReadableStream<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (stream.locked) {
    throw new ArgumentError(
      `Cannot read ${name} as it is being read already: give a stream of its own, by tee()`,
    );
  }
  const bytes = await readStream(
    abortableStream(stream, signal),
    MAX_FILE_BYTES,
  );
  if (bytes === null) throw tooManyBytes(name);
  return bytes;
}

/** The largest image file that is read into memory, in bytes: 256 MiB. */
const MAX_FILE_BYTES = 2 ** 28;

export function assertFileSize(source: string, size: number): void {
  if (size > MAX_FILE_BYTES) throw tooManyBytes(source);
}

function tooManyBytes(source: string): ImageTooLargeError {
  return new ImageTooLargeError(
    `Cannot read ${source} as an image file must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}

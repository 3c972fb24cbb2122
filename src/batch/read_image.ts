import { throwIfAborted } from "../async/abort.ts";
import { ImageUnavailableError } from "../errors.ts";
import { displaySource } from "../io/address.ts";
import { isNotFound, openFileOrKind, readByteSource } from "../io/open_file.ts";
import { isAbsolutePath, pathIn } from "../io/paths.ts";
import { systemCode, systemReason } from "../io/system_reason.ts";
import { download, type DownloadOptions } from "./download.ts";
import { UnreadableImageError } from "./faults.ts";
import {
  type ImageReading,
  MAX_FILE_BYTES,
  type ReadImage,
  tooManyBytes,
} from "./image_reading.ts";

/** How images are read. */
export interface ImageReaderOptions extends DownloadOptions {
  /** The folder in which relative paths lie. */
  readonly root?: string | undefined;
}

/**
 * Reads images from paths and from `file:`, `http:`, `https:` and `s3:` addresses. It gives
 * `undefined` for a file that isn't there.
 *
 * What it throws are the errors of `faults.ts`, {@linkcode ImageTooLargeError} for a file
 * of more than 256 MiB, and others when it is the machine's fault.
 */
export function imageReader(options: ImageReaderOptions = {}): ReadImage {
  const { root } = options;
  const readPath = async (path: string, reading: ImageReading) => {
    if (isAbsolutePath(path)) return await readFile(path, reading);
    if (root === undefined) {
      throw new ImageUnavailableError(
        `Cannot read the image ${path} as nobody says in which folder it lies: give --root, or root`,
      );
    }
    const bytes = await readFile(pathIn(root, path), reading);
    if (bytes === undefined) await assertFilled(root);
    return bytes;
  };
  let readObject: ReadImage | undefined;
  return async (url, reading) => {
    const [, scheme] = url.match(SCHEME) ?? [];
    switch (scheme?.toLowerCase()) {
      case "file":
        return await readFile(parse(url), reading);
      case "http":
      case "https":
        return await download(parse(url), options, reading);
      case "s3":
        readObject ??= (await import("./s3/s3_images.ts")).s3Images();
        return await readObject(url, reading);
      case undefined:
        return await readPath(url, reading);
    }
    const message = `addresses that begin with ${scheme}: aren't read`;
    throw new UnreadableImageError("absent", message);
  };
}

/** What an address begins with. A file may be called `2:1.jpg` or `note:1.jpg`. */
const SCHEME = /^(file(?=:)|[a-z][a-z\d+.-]+(?=:\/\/))/i;

/** Whether an image is on another machine, and takes a while to come. */
export function isRemote(url: string): boolean {
  const [scheme] = url.match(SCHEME) ?? [];
  return scheme !== undefined && !/^file$/i.test(scheme);
}

function parse(text: string): URL {
  try {
    const url = new URL(text);
    if (url.protocol === "file:") decodeURIComponent(url.href);
    return url;
  } catch (cause) {
    const message = "its address isn't well-formed";
    throw new UnreadableImageError("absent", message, { cause });
  }
}

async function readFile(
  path: string | URL,
  { signal, reserve }: ImageReading,
): Promise<Uint8Array | undefined> {
  try {
    const file = await openFileOrKind(path);
    if (file === undefined) return undefined;
    if (typeof file !== "object") {
      throw new UnreadableImageError(
        "unsupported-image",
        `it must be a file: it is a ${file}`,
      );
    }
    const { size, close } = file;
    if (size > MAX_FILE_BYTES) {
      await close();
      throw tooManyBytes();
    }
    await reserve?.(size);
    const read = (target: Uint8Array) => {
      throwIfAborted(signal);
      return file.read(target);
    };
    const bytes = await readByteSource({ read, close }, size, MAX_FILE_BYTES);
    if (bytes === null) throw tooManyBytes();
    return bytes;
  } catch (error) {
    // A link that leads to itself leads to no file.
    if (systemCode(error) === "ELOOP") return undefined;
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new ImageUnavailableError(
      `Cannot read the image ${displaySource(path)}: ${reason}`,
      { cause: error },
    );
  }
}

/**
 * @throws {ImageUnavailableError} When the folder of images is empty or not there: it
 * isn't mounted on this machine, say, and its images are elsewhere.
 */
async function assertFilled(root: string): Promise<void> {
  const problem = await isEmpty(root).then(
    (isEmpty) => isEmpty ? "is empty" : undefined,
    (error) => {
      if (isNotFound(error)) return "isn't there";
      throw error;
    },
  );
  if (problem === undefined) return;
  throw new ImageUnavailableError(
    `Cannot find images in ${root} as that folder ${problem}: mount it on this machine, or say by --root, or root, where it is`,
  );
}

async function isEmpty(folder: string): Promise<boolean> {
  if (typeof Deno === "undefined") {
    const { opendir } = process.getBuiltinModule("node:fs/promises");
    for await (const _ of await opendir(folder)) return false;
    return true;
  }
  for await (const _ of Deno.readDir(folder)) return false;
  return true;
}

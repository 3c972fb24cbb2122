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

/** Options for reading images. */
export interface ImageReaderOptions extends DownloadOptions {
  /** The folder for relative paths. */
  readonly root?: string | undefined;
}

/**
 * Creates a reader of images from paths and from `file:`, `http:`, `https:` and `s3:`
 * addresses. It returns `undefined` if a file is missing.
 *
 * It throws the errors of `faults.ts`, an {@linkcode ImageTooLargeError} for a file of
 * more than 256 MiB, and other errors if the machine is at fault.
 */
export function imageReader(options: ImageReaderOptions = {}): ReadImage {
  const { root } = options;
  const readPath = async (path: string, reading: ImageReading) => {
    if (isAbsolutePath(path)) return await readFile(path, reading);
    if (root === undefined) {
      throw new ImageUnavailableError(
        `Cannot read the image ${path} as its folder isn't known: give --root, or root`,
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
    const message = `addresses that begin with ${scheme}: can't be read`;
    throw new UnreadableImageError("absent", message);
  };
}

/** Matches the scheme of an address. A file may be called `2:1.jpg` or `note:1.jpg`. */
const SCHEME = /^(file(?=:)|[a-z][a-z\d+.-]+(?=:\/\/))/i;

/** Whether an image is on another machine, and takes a while to arrive. */
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
    // A link to itself counts as a missing file.
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
 * @throws {ImageUnavailableError} When the folder of images is empty or missing: most
 * likely it isn't mounted on this machine.
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
    `Cannot find images in ${root} as that folder ${problem}: mount it on this machine, or name it with --root, or root`,
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

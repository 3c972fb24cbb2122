/**
 * The images of a request: its body, or the files of a form.
 *
 * @module
 */
import { bodyTooLarge } from "./body_memory.ts";
import { boundaryOf, filesOf } from "./form.ts";
import type { Limits } from "./options.ts";
import { Problem } from "./problem.ts";

/** An image, not decoded yet. */
export interface UploadedImage {
  /** What a form calls it; null for a body. */
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

/** What the body of a request is. */
export interface Upload {
  /** Whether it is a form: then there may be several images. */
  readonly isForm: boolean;
  /**
   * The images in the body's bytes, at least one.
   *
   * @throws {Problem} When there is none, or a form is malformed: 400, 413.
   */
  imagesIn(bytes: Uint8Array): UploadedImage[];
}

/**
 * Judges a request by its head.
 *
 * @throws {Problem} When its body can't be read, or needn't be: 400, 413, 415.
 */
export function uploadOf(
  { headers }: Request,
  { maxBodyBytes, maxImages }: Limits,
): Upload {
  const contentType = headers.get("Content-Type") ?? "";
  const essence = contentType.split(";")[0]!.trim().toLowerCase();
  const isForm = essence === "multipart/form-data";
  if (!isForm && !IMAGE_TYPES.includes(essence)) {
    throw new Problem(
      415,
      "unsupported-type",
      "Send a JPEG, PNG or WebP with its Content-Type, or a multipart/form-data form of such files",
      { "Accept": ACCEPT },
    );
  }
  const coding = headers.get("Content-Encoding")?.trim().toLowerCase();
  if (coding && coding !== "identity") {
    throw new Problem(
      415,
      "unsupported-coding",
      "Send the body without a Content-Encoding",
      { "Accept-Encoding": "identity" },
    );
  }
  const boundary = isForm ? boundaryOf(contentType) : "";
  // What it promises is good for a quick refusal; what comes is counted.
  if (Number(headers.get("Content-Length")) > maxBodyBytes) {
    throw bodyTooLarge(maxBodyBytes);
  }
  return {
    isForm,
    imagesIn(bytes) {
      const images = isForm
        ? filesOf(bytes, boundary, maxImages)
        : bytes.length > 0
        ? [{ name: null, bytes }]
        : [];
      if (images.length === 0) throw noImage();
      return images;
    },
  };
}

/** What a body may call itself; its bytes decide. */
const IMAGE_TYPES: readonly string[] = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "application/octet-stream",
  "",
];

const ACCEPT = "image/jpeg, image/png, image/webp, multipart/form-data";

/** The refusal of a request that brings none. */
export function noImage(): Problem {
  return new Problem(
    400,
    "no-image",
    "There is no image: send one as the body, or as a file of a form",
  );
}

import { MEDIA_TYPES } from "../image/image_format.ts";
import { bodyTooLarge } from "./body_memory.ts";
import { parseBoundary, parseForm } from "./form.ts";
import type { Limits } from "./options.ts";
import { Problem } from "./problem.ts";

/** An image of a request: its body, or a file of a form. */
export interface UploadedImage {
  /** Its file name in a form; null for a body. */
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

/** The format of a request's body. */
export interface Upload {
  readonly isForm: boolean;
  /**
   * The images in the body's bytes, at least one.
   *
   * @throws {Problem} When there is none, or a form is malformed: 400, 413.
   */
  imagesIn(bytes: Uint8Array): UploadedImage[];
}

/** @throws {Problem} When the body can't be read, or is too large: 400, 413, 415. */
export function parseUpload(
  { headers }: Request,
  { maxBodyBytes, maxImages }: Limits,
): Upload {
  const contentType = headers.get("Content-Type") ?? "";
  const essence = contentType.split(";")[0]!.trim().toLowerCase();
  const isForm = essence === "multipart/form-data";
  if (!isForm && !IMAGE_TYPES.includes(essence)) {
    // Sent by curl's --data-binary and fetch() with URLSearchParams.
    const detail = essence === "application/x-www-form-urlencoded"
      ? "A body of application/x-www-form-urlencoded isn't read: with curl, use -T FILE -X POST, or add -H 'Content-Type: image/jpeg'"
      : "The Content-Type isn't that of an image: send the image's own, such as image/jpeg, or a multipart/form-data form of images";
    const headers = { "Accept": ACCEPT };
    throw new Problem(415, "unsupported-type", detail, { headers });
  }
  const coding = headers.get("Content-Encoding")?.trim().toLowerCase();
  if (coding && coding !== "identity") {
    const detail = "Send the body without a Content-Encoding";
    const headers = { "Accept-Encoding": "identity" };
    throw new Problem(415, "unsupported-coding", detail, { headers });
  }
  const boundary = isForm ? parseBoundary(contentType) : "";
  // Allows an early refusal. The actual bytes are counted later.
  if (Number(headers.get("Content-Length")) > maxBodyBytes) {
    throw bodyTooLarge(maxBodyBytes);
  }
  return {
    isForm,
    imagesIn(bytes) {
      const images = isForm
        ? parseForm(bytes, boundary, maxImages)
        : bytes.length > 0
        ? [{ name: null, bytes }]
        : [];
      if (images.length === 0) throw noImage();
      return images;
    },
  };
}

/** The accepted types of an image body. The format is determined by its bytes. */
const IMAGE_TYPES: readonly string[] = [
  ...Object.values(MEDIA_TYPES).flat(),
  "application/octet-stream",
  "",
];

/** The registered types, for the `Accept` header of a refusal. */
const ACCEPT = [
  ...Object.values(MEDIA_TYPES).map(([registered]) => registered),
  "multipart/form-data",
].join(", ");

export function noImage(): Problem {
  const detail =
    "There is no image: send one as the body, or as a file of a form";
  return new Problem(400, "no-image", detail);
}

import { FORMAT_NAMES } from "../image/image_format.ts";
import { readableFormats } from "../image/readable_formats.ts";
import {
  CorruptImageError,
  DecoderUnavailableError,
  DeviceLostError,
  ImageTooLargeError,
  NotFiniteError,
  ThreadError,
  UnsupportedImageError,
} from "../errors.ts";

/** Problem details (RFC 9457). The `code` is stable; texts may change. */
export interface ProblemDetails {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}

/** The reason phrases of RFC 9110. */
const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

interface ProblemOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error for clients. Its text reveals no internals. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** Headers of the response. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: keyof typeof TITLES,
    readonly code: string,
    readonly detail?: string,
    { headers = {}, cause }: ProblemOptions = {},
  ) {
    super(detail, { cause });
    this.headers = headers;
  }

  /** The body of the response. */
  get details(): ProblemDetails {
    const { status, code, detail } = this;
    return {
      type: "about:blank",
      title: TITLES[status],
      status,
      code,
      ...detail !== undefined && { detail },
    };
  }
}

/** The client has hung up, so nobody reads the response. */
export class HangUp extends Error {
  override readonly name = "HangUp";
}

export function problemResponse(problem: Problem): Response {
  return new Response(`${JSON.stringify(problem.details)}\n`, {
    status: problem.status,
    headers: {
      ...problem.headers,
      "Content-Type": "application/problem+json",
    },
  });
}

/**
 * Converts any error. Image errors are mapped by class; unknown errors become a bare 500.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnsupportedImageError) {
    const { code, format } = error;
    const why = format ? `${format} isn't decoded` : "That isn't an image";
    return new Problem(415, code, `${why}: send ${readableFormats()}`);
  }
  if (error instanceof DecoderUnavailableError) {
    const name = FORMAT_NAMES[error.format as keyof typeof FORMAT_NAMES];
    const detail = `${name ?? error.format} isn't decoded here: send ${
      error.format === "jpeg" ? "PNG" : "JPEG"
    }`;
    return new Problem(415, error.code, detail, { cause: error });
  }
  if (error instanceof CorruptImageError) {
    return new Problem(422, error.code, "The image is damaged or cut off");
  }
  if (error instanceof ImageTooLargeError) {
    return new Problem(413, error.code, tooLarge(error));
  }
  if (error instanceof ThreadError || error instanceof DeviceLostError) {
    const headers = { "Retry-After": "1" };
    return new Problem(503, error.code, "Try again", { headers, cause: error });
  }
  if (error instanceof NotFiniteError) {
    const detail = "The model's answer isn't numbers";
    return new Problem(500, error.code, detail, { cause: error });
  }
  return new Problem(500, "internal", undefined, { cause: error });
}

/** The limit that an image exceeds, the actual value, and advice. */
function tooLarge({ limit }: ImageTooLargeError): string {
  if (limit === undefined) {
    return "Decoding the image takes too much memory: shrink it, or send it as JPEG";
  }
  const { of, found, allowed } = limit;
  const than = `and at most ${allowed} are allowed`;
  switch (of) {
    case "pixels":
      return `The image has ${found} pixels, ${than}: shrink it`;
    case "side":
      return `A side of the image has ${found} pixels, ${than}: shrink it`;
    case "memory":
      return `Decoding the image takes ${found} bytes of memory, ${than}: shrink it, or send it as JPEG`;
    case "frames":
      return `The animation has ${found} frames, ${than}: ask for one frame`;
    case "frame-pixels":
      return `The frames to decode have ${found} pixels together, ${than}: ask for fewer frames`;
  }
}

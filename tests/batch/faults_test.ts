import assert from "node:assert/strict";
import {
  faultOf,
  UnreachableImageError,
  UnreadableImageError,
} from "../../src/batch/faults.ts";
import {
  AbortedError,
  CorruptImageError,
  DecoderUnavailableError,
  DisposedError,
  ImageTooLargeError,
  ImageUnavailableError,
  MemoryLimitError,
  NotFiniteError,
  ThreadError,
  UnsupportedImageError,
} from "../../src/errors.ts";

const OF_THE_IMAGE: Readonly<Record<string, Error>> = {
  "unsupported-image": new UnsupportedImageError("It is text"),
  "corrupt-image": new CorruptImageError("It is cut short", "jpeg"),
  "image-too-large": new ImageTooLargeError("It is huge"),
  "absent": new UnreadableImageError("absent", "It isn't there"),
  "http-404": new UnreadableImageError("http-404", "It isn't there"),
};

for (const [code, error] of Object.entries(OF_THE_IMAGE)) {
  Deno.test(`"${code}" is a row`, () => {
    assert.deepEqual(faultOf(error), { error: code, message: error.message });
  });
}

Deno.test("what can't be reached is a row without the machine's words", () => {
  const error = new UnreachableImageError("connect ECONNREFUSED 10.0.0.7:80");
  assert.deepEqual(faultOf(error), {
    error: "unreachable",
    message: "unreachable after 3 tries",
  });
});

const OF_THE_MACHINE: Readonly<Record<string, unknown>> = {
  "a model that was disposed": new DisposedError("It was disposed"),
  "a thread that ended": new ThreadError("It ended"),
  "memory": new MemoryLimitError("There is none"),
  "memory for one image": new ImageTooLargeError("There is none", {
    cause: new RangeError("Out of memory"),
  }),
  "a decoder that can't be loaded": new DecoderUnavailableError("", "webp"),
  "an image that may not be read": new ImageUnavailableError("EACCES"),
  "a model whose answers are no numbers": new NotFiniteError("NaN"),
  "the signal": new AbortedError("enough"),
  "an error of the system": new Deno.errors.PermissionDenied("EACCES"),
  "a file that the system doesn't find": new Deno.errors.NotFound("ENOENT"),
  "a bug": new TypeError("undefined is not a function"),
  "no error at all": "text",
};

for (const [what, error] of Object.entries(OF_THE_MACHINE)) {
  Deno.test(`${what} is never a row`, () => {
    assert.equal(faultOf(error), undefined);
  });
}

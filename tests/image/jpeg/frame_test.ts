import assert from "node:assert/strict";
import {
  CorruptImageError,
  UnsupportedImageError,
} from "../../../src/errors.ts";
import { readFrame } from "../../../src/image/jpeg/frame.ts";

const SOF0 = 0xc0;
const BODY = [8, 0, 37, 1, 45, 3, 1, 0x21, 0, 2, 0x11, 1, 3, 0x11, 1] as const;

Deno.test("readFrame() reads size and components", () => {
  assert.deepEqual(readFrame(0xc2, Uint8Array.from(BODY)), {
    width: 301,
    height: 37,
    isProgressive: true,
    components: [
      { id: 1, h: 2, v: 1, quantization: 0 },
      { id: 2, h: 1, v: 1, quantization: 1 },
      { id: 3, h: 1, v: 1, quantization: 1 },
    ],
  });
});

Deno.test("readFrame() gives a single component no sampling", () => {
  const body = Uint8Array.from([8, 0, 37, 1, 45, 1, 1, 0x42, 0]);
  const [only] = readFrame(SOF0, body).components;
  assert.deepEqual([only!.h, only!.v], [1, 1]);
});

Deno.test("readFrame() refuses sampling factors and tables that there aren't", () => {
  for (const [at, value] of [[7, 0x01], [7, 0x10], [7, 0x51], [11, 4]]) {
    const body = Uint8Array.from(BODY).with(at!, value!);
    assert.throws(() => readFrame(SOF0, body), CorruptImageError);
  }
  for (let length = 0; length < BODY.length; length++) {
    const body = Uint8Array.from(BODY.slice(0, length));
    assert.throws(() => readFrame(SOF0, body), CorruptImageError);
  }
});

Deno.test("readFrame() refuses two or five components by name", () => {
  for (const count of [0, 2, 5]) {
    const body = Uint8Array.from(BODY).with(5, count);
    assert.throws(
      () => readFrame(SOF0, body),
      (error) =>
        error instanceof UnsupportedImageError &&
        error.format === `JPEG of ${count} components`,
    );
  }
});

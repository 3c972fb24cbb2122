import assert from "node:assert/strict";
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32 } from "../../src/io/crc32.ts";
import { randomNumbers } from "../random.ts";

Deno.test("crc32() gives what zlib gives, of any part", () => {
  const random = randomNumbers(3);
  const bytes = Uint8Array.from({ length: 1000 }, () => random() * 256);
  for (let start = 0; start < 9; start++) {
    for (const end of [start, start + 1, start + 3, start + 8, 997, 1000]) {
      assert.equal(
        crc32(bytes, start, end),
        zlibCrc32(bytes.subarray(start, end)),
        `${start}..${end}`,
      );
    }
  }
});

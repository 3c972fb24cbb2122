import assert from "node:assert/strict";
import { type Codec, keepCodec } from "../../src/image/codecs/codec.ts";
import { CorruptImageError } from "../../src/errors.ts";
import type { Pixels } from "../../src/image/mod.ts";

const PIXEL: Pixels = { data: new Uint8Array(4), width: 1, height: 1 };
const GOOD = Uint8Array.of(1);
const BAD = Uint8Array.of(0);

/** A codec that, as a crashed one may, never works again once it failed. */
function fragile(): { load: () => Promise<Codec>; loads: () => number } {
  let loads = 0;
  return {
    loads: () => loads,
    load: async () => {
      loads++;
      await Promise.resolve();
      let broken = false;
      return (bytes) => {
        broken ||= bytes[0] === 0;
        if (broken) throw new WebAssembly.RuntimeError("unreachable");
        return PIXEL;
      };
    },
  };
}

Deno.test("keepCodec() loads one instance for concurrent first images", async () => {
  const { load, loads } = fragile();
  const decode = keepCodec("png", load);
  await Promise.all([decode(GOOD, 1), decode(GOOD, 1), decode(GOOD, 1)]);
  await decode(GOOD, 1);
  assert.equal(loads(), 1);
});

Deno.test("keepCodec() replaces an instance that failed, even for images in wait", async () => {
  const { load, loads } = fragile();
  const decode = keepCodec("png", load);
  const outcomes = await Promise.allSettled(
    [BAD, GOOD, BAD, GOOD].map((bytes) => decode(bytes, 1)),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "fulfilled", "rejected", "fulfilled"],
  );
  assert.equal(loads(), 3);
});

Deno.test("keepCodec() gives the codec's own error as the cause", async () => {
  const decode = keepCodec("webp", fragile().load);
  await assert.rejects(
    decode(BAD, 1),
    (error) =>
      error instanceof CorruptImageError && error.format === "webp" &&
      error.cause instanceof WebAssembly.RuntimeError,
  );
});

Deno.test("keepCodec() drops an instance after a large image", async () => {
  const { load, loads } = fragile();
  const decode = keepCodec("jpeg", load);
  await decode(GOOD, 12_000_000);
  await decode(GOOD, 1);
  assert.equal(loads(), 2);
});

Deno.test("keepCodec() passes on why a codec can't load, and tries again", async () => {
  let allowed = false;
  const decode = keepCodec("jpeg", () => {
    if (allowed) return Promise.resolve(() => PIXEL);
    return Promise.reject(new TypeError("no read access"));
  });
  await assert.rejects(decode(GOOD, 1), new TypeError("no read access"));
  allowed = true;
  assert.equal(await decode(GOOD, 1), PIXEL);
});

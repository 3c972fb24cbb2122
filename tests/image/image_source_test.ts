import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Buffer } from "node:buffer";
import {
  decodeImage,
  type DecodeOptions,
  type ImageSource,
  preprocess,
} from "../../src/image/mod.ts";
import { silentServers } from "../silent_servers.ts";

const FOLDER = new URL("../data/images/", import.meta.url);
const PHOTO = new URL("color.png", FOLDER);
const BYTES = await Deno.readFile(PHOTO);
const PIXELS = await decodeImage(BYTES);
const NET = { crop: { kind: "squash" }, resize: "antialiased" } as const;

/** Values that TypeScript rejects, but JavaScript can pass. */
// deno-lint-ignore no-explicit-any
type Anything = any;

const { buffer: shared } = new Uint8Array(
  new SharedArrayBuffer(BYTES.length),
);
new Uint8Array(shared).set(BYTES);
const padded = new Uint8Array(BYTES.length + 20);
padded.set(BYTES, 10);

/** The photo in all forms that a program in Deno or Node can have. */
const SOURCES: Readonly<Record<string, () => ImageSource>> = {
  "a Uint8Array": () => BYTES,
  "a part of another's memory": () => padded.subarray(10, -10),
  "a Buffer": () => Buffer.from(BYTES),
  "an ArrayBuffer": () => BYTES.slice().buffer,
  "a SharedArrayBuffer": () => shared,
  "a view of a SharedArrayBuffer": () => new Uint8Array(shared),
  "a DataView": () => new DataView(padded.buffer, 10, BYTES.length),
  "a Blob": () => new Blob([BYTES]),
  "a File": () => new File([BYTES], "photo.png"),
  "a Response": () => new Response(BYTES),
  "a ReadableStream": () => inParts(BYTES),
  "a path": () => fileURLToPath(PHOTO),
  "a file's URL": () => PHOTO,
  "a file's address": () => PHOTO.href,
  "an address of data": () => `data:image/png;base64,${BYTES.toBase64()}`,
  "pixels": () => PIXELS,
  "an ImageData": () =>
    new ImageData(Uint8ClampedArray.from(PIXELS.data), PIXELS.width),
};

for (const [name, make] of Object.entries(SOURCES)) {
  Deno.test(`decodeImage() and preprocess() take ${name}`, async () => {
    const { data, width, height } = await decodeImage(make());
    assert.deepEqual([width, height], [PIXELS.width, PIXELS.height]);
    assert.deepEqual([...data], [...PIXELS.data]);
    assert.deepEqual(
      await preprocess(make(), 20, NET),
      await preprocess(BYTES, 20, NET),
    );
  });
}

Deno.test("an image is fetched from an address, and from a blob's", async () => {
  await using served = serve(() => new Response(BYTES));
  assert.deepEqual(await decodeImage(served.url), PIXELS);
  assert.deepEqual(await decodeImage(served.url.href), PIXELS);
  const blob = URL.createObjectURL(new Blob([BYTES]));
  assert.deepEqual(await decodeImage(blob), PIXELS);
  URL.revokeObjectURL(blob);
});

Deno.test("a path may have a space, an umlaut and a percent sign", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a b ü 50%" });
  const path = `${folder}/ein Foto #1.png`;
  await Deno.writeFile(path, BYTES);
  assert.deepEqual(await decodeImage(path), PIXELS);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pixels that aren't opaque are composited over white, and aren't changed", async () => {
  const data = Uint8Array.of(0, 100, 255, 51);
  const { data: opaque } = await decodeImage({ data, width: 1, height: 1 });
  assert.deepEqual([...opaque], [204, 224, 255, 255]);
  assert.deepEqual([...data], [0, 100, 255, 51]);
  assert.equal(await decodeImage(PIXELS), PIXELS);
});

for (
  const [name, image, message] of [
    [
      "a path of nothing",
      "no such.png",
      /^Cannot find the image no such\.png$/,
    ],
    ["a folder", fileURLToPath(FOLDER), /must be a file: it is a folder$/],
    [
      "an address of nothing",
      new URL("no.png", FOLDER),
      /^Cannot find the ima/,
    ],
    ["a path with a zero", "a\0b", /^Cannot find the image/],
    ["no address", "http://", /isn't a well-formed address$/],
    ["an unknown scheme", "ftp://localhost/a.png", /^Cannot reach ftp:/],
    ["a file's bytes in Base64", BYTES.toBase64().repeat(30), /^.{100,300}…$/],
    ["a 404", new Response("", { status: 404 }), /server answered 404$/],
    ["an empty Response", new Response(null), /answered 200 and sent nothing$/],
    ["a failed Response", Response.error(), /the server answered 0$/],
  ] as const
) {
  Deno.test(`an image is unavailable at ${name}`, async () => {
    await rejects(image, "ImageUnavailableError", message);
  });
}

for (
  const [kind, image, place] of [
    ["read", PHOTO, fileURLToPath(PHOTO)],
    [
      "net",
      "http://localhost:8000/a.png?token=1",
      "http://localhost:8000/a.png?…",
    ],
  ] as const
) {
  Deno.test(`an image is unavailable without the permission to ${kind}`, {
    permissions: { read: false, net: false },
  }, async () => {
    await rejects(
      image,
      "ImageUnavailableError",
      new RegExp(
        `^Cannot read the image .*${
          RegExp.escape(place)
        }: Requires ${kind} access to .*--allow-${kind} flag$`,
      ),
    );
  });
}

Deno.test("what a server answers must be the image, and its name has no secrets", async () => {
  const answers: Record<string, () => Response> = {
    "/404": () => new Response("no", { status: 404 }),
    "/page": () => new Response("<!doctype html><title>Log in</title>"),
    "/empty": () => new Response(""),
  };
  await using served = serve(({ url }) =>
    answers[url.match(/\/\w+(?=\?)/)![0]]!()
  );
  const { host } = served.url;
  const at = (path: string) => new URL(`${path}?token=secret`, served.url);
  const shown = (path: string) => RegExp.escape(`http://${host}${path}?…`);
  const cases = [
    ["/404", "ImageUnavailableError", "the server answered 404$"],
    ["/empty", "ImageUnavailableError", "answered 200 and sent nothing$"],
    ["/page", "UnsupportedImageError", "a web page, not the image$"],
  ] as const;
  for (const [path, error, why] of cases) {
    const message = new RegExp(`${shown(path)}.*${why}`);
    await rejects(at(path), error, message);
    await rejects(await fetch(at(path)), error, message);
  }
});

Deno.test("a server that can't be reached is named", async () => {
  const { url, ...served } = serve(() => new Response());
  await served[Symbol.asyncDispose]();
  await rejects(url, "ImageUnavailableError", /^Cannot reach http:\/\/127/);
});

Deno.test("a response or stream that somebody else reads is refused", async () => {
  const used = new Response(BYTES);
  await used.bytes();
  await rejects(
    used,
    "ArgumentError",
    /read already: give response\.clone\(\)/,
  );
  const locked = inParts(BYTES);
  locked.getReader();
  await rejects(locked, "ArgumentError", /read already: give a stream of its/);
});

Deno.test("a stream of texts is refused, and cancelled", async () => {
  let cancelled = false;
  const texts = new ReadableStream({
    pull: (controller) => controller.enqueue("photo"),
    cancel: () => void (cancelled = true),
  });
  await rejects(texts as Anything, "ArgumentError", /Uint8Array: .* "photo"$/);
  assert.ok(cancelled);
});

Deno.test("a stream's own error is passed on", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("the cable is out")),
  });
  await assert.rejects(decodeImage(broken), { message: "the cable is out" });
});

Deno.test("a stream, a response, a file and a blob of more than 256 MiB are refused", async () => {
  let cancelled = 0;
  const long = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(2 ** 28 + 1)),
      cancel: () => void cancelled++,
    });
  const length = { headers: { "content-length": `${2 ** 28 + 1}` } };
  const file = await Deno.makeTempFile();
  await Deno.truncate(file, 2 ** 28 + 1);
  // It isn't read at all.
  const blob = new Blob();
  Object.defineProperty(blob, "size", { value: 2 ** 28 + 1 });
  const large = [long(), new Response(long(), length), file, blob];
  for (const image of large) {
    await rejects(image, "ImageTooLargeError", /<= 268435456 bytes: it has/);
  }
  assert.equal(cancelled, 2);
  await Deno.remove(file);
});

Deno.test("the signal ends fetching and reading, and cancels the stream", async () => {
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({
    cancel: () => void (cancelled = true),
  });
  await using served = serve(({ url }) =>
    url.endsWith("/begun")
      ? new Response(new ReadableStream()) // Only its headers are sent.
      : new Promise(() => {})
  );
  const images = [silent, served.url, new URL("begun", served.url)];
  for (const image of images) {
    const controller = new AbortController();
    const { signal } = controller;
    const reading = decodeImage(image, { signal });
    setTimeout(() => controller.abort("enough"), 50);
    await assert.rejects(reading, { code: "aborted", cause: "enough" });
  }
  assert.ok(cancelled);
  const signal = AbortSignal.abort();
  for (const image of [BYTES, fileURLToPath(PHOTO), new Blob([BYTES])]) {
    await assert.rejects(decodeImage(image, { signal }), { code: "aborted" });
  }
});

Deno.test("a server that sends nothing for 30 seconds is given up", async () => {
  await using served = serve(({ url }) =>
    url.endsWith("/begun")
      ? new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(BYTES.subarray(0, 9)),
        }),
      )
      : new Promise(() => {})
  );
  using _ = silentServers((url) => url.endsWith("/begun") ? 2 : 0);
  const silent = /must send something within 30 s: it was silent/;
  const from = (when: string) => new RegExp(`${silent.source} ${when}$`);
  const begun = new URL("begun", served.url);
  const error = "ImageUnavailableError";
  await rejects(served.url, error, from("from the start"));
  await rejects(begun, error, from("after 9 bytes"));
});

Deno.test("a shared memory that others write to is copied before it is read", async () => {
  const bytes = new Uint8Array(shared);
  const decoding = decodeImage(bytes);
  bytes.fill(0);
  try {
    assert.deepEqual(await decoding, PIXELS);
  } finally {
    bytes.set(BYTES);
  }
});

Deno.test("what a browser shows is refused where there is nothing to draw it on", async () => {
  const bitmap = await createImageBitmap(new ImageData(2, 2));
  const canvas = new (globalThis as Anything).OffscreenCanvas(2, 2);
  const wide = new ImageData(2, 2, { colorSpace: "display-p3" });
  for (const image of [bitmap, canvas, wide]) {
    await rejects(image, "ArgumentError", /no canvas to draw it on here: give/);
  }
  bitmap.close();
  await rejects(
    bitmap,
    "ImageUnavailableError",
    /ImageBitmap as it is closed$/,
  );
});

function rejects(
  image: ImageSource,
  name: string,
  message: RegExp,
  options?: DecodeOptions,
) {
  return assert.rejects(decodeImage(image, options), { name, message });
}

function inParts(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at += 100));
      if (at >= bytes.length) controller.close();
    },
  });
}

function serve(answer: (request: Request) => Response | Promise<Response>) {
  const controller = new AbortController();
  const { signal } = controller;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, signal },
    answer,
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/`),
    async [Symbol.asyncDispose]() {
      controller.abort();
      await server.finished;
    },
  };
}

import assert from "node:assert/strict";
import {
  UnreachableImageError,
  UnreadableImageError,
} from "../../src/batch/faults.ts";
import { imageReader, isRemote } from "../../src/batch/read_image.ts";
import { ImageUnavailableError } from "../../src/errors.ts";
import { imageServer, rawServer, refusingUrl } from "./image_server.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const PAUSE = { pause: 1 };

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/photos`);
  await Deno.writeFile(`${path}/photos/a b.jpg`, BYTES);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("images are read from paths below the root, absolute ones and file addresses", async () => {
  await using it = await folder();
  const read = imageReader({ root: `${it.path}/photos` });
  for (
    const url of [
      "a b.jpg",
      `${it.path}/photos/a b.jpg`,
      `file://${it.path}/photos/a%20b.jpg`,
    ]
  ) {
    assert.deepEqual(await read(url, {}), BYTES, url);
  }
});

Deno.test("a file whose name looks like an address is a file", async () => {
  await using it = await folder();
  const name = "note:1.jpg";
  if (Deno.build.os === "windows") return;
  await Deno.writeFile(`${it.path}/photos/${name}`, BYTES);
  const read = imageReader({ root: `${it.path}/photos` });
  assert.deepEqual(await read(name, {}), BYTES);
  assert.equal(isRemote(name), false);
});

Deno.test("a file that isn't there is no error", async () => {
  await using it = await folder();
  const root = `${it.path}/photos`;
  await Deno.symlink("loop", `${root}/loop`);
  const read = imageReader({ root });
  for (
    const url of [
      "b.jpg",
      "none/b.jpg",
      "a b.jpg/c.jpg",
      "x".repeat(5000),
      "\0",
      "loop",
      `${it.path}/none.jpg`,
      `file://${it.path}/none.jpg`,
    ]
  ) {
    assert.equal(await read(url, {}), undefined, url);
  }
});

Deno.test("a folder in the place of an image is an image's fault, and says no path", async () => {
  await using it = await folder();
  await assert.rejects(imageReader({ root: it.path })("photos", {}), {
    fault: {
      error: "unsupported-image",
      message: "it must be a file: it is a folder",
    },
  });
});

Deno.test("a root that is absent or empty is the machine's fault, and names the root", async () => {
  await using it = await folder();
  await Deno.mkdir(`${it.path}/empty`);
  for (
    const [name, problem] of [["empty", "is empty"], ["none", "isn't there"]]
  ) {
    const root = `${it.path}/${name}`;
    await assert.rejects(imageReader({ root })("a.jpg", {}), (error: Error) => {
      assert.ok(error instanceof ImageUnavailableError);
      assert.ok(!(error instanceof UnreadableImageError));
      assert.equal(
        error.message,
        `Cannot find images in ${root} as that folder ${problem}: mount it on this machine, or name it with --root, or root`,
      );
      return true;
    });
  }
  await assert.rejects(
    imageReader()("a.jpg", {}),
    /its folder isn't known/,
  );
});

Deno.test("a file that may not be read is the machine's fault", async () => {
  await using it = await folder();
  // Root can read everything.
  const { open } = Deno;
  Deno.open = (path) => {
    const fault = new Deno.errors.PermissionDenied(`open '${path}'`);
    return Promise.reject(Object.assign(fault, { code: "EACCES" }));
  };
  try {
    await assert.rejects(
      imageReader({ root: `${it.path}/photos` })("a b.jpg", {}),
      { name: "ImageUnavailableError", message: /permissions don't allow it$/ },
    );
  } finally {
    Deno.open = open;
  }
});

Deno.test("a file of more than 256 MiB is too large, and isn't read", async () => {
  await using it = await folder();
  await Deno.truncate(`${it.path}/photos/a b.jpg`, 2 ** 28 + 1);
  await assert.rejects(
    imageReader({ root: `${it.path}/photos` })("a b.jpg", {}),
    { code: "image-too-large", message: /<= 268435456 bytes/ },
  );
});

Deno.test("addresses that can't be read or aren't well-formed become rows with an error", async () => {
  const read = imageReader();
  await assert.rejects(read("gs://bucket/a.jpg", {}), {
    fault: {
      error: "absent",
      message: "addresses that begin with gs: can't be read",
    },
  });
  for (const url of ["http://[1/a.jpg", "file:///%zz"]) {
    await assert.rejects(read(url, {}), {
      fault: { error: "absent", message: "its address isn't well-formed" },
    });
  }
});

Deno.test("images are downloaded, also through redirects and with a password", async () => {
  await using server = imageServer({
    "/a.jpg": () => new Response(BYTES),
    "/from": () =>
      new Response(null, { status: 302, headers: { location: "/a.jpg" } }),
    "/mine": ({ headers }) =>
      headers.get("authorization") === `Basic ${btoa("me:p w")}`
        ? new Response(BYTES)
        : new Response(null, { status: 401 }),
    "/stream": () => new Response(ReadableStream.from([BYTES])),
    "/empty": () => new Response(),
  });
  const read = imageReader(PAUSE);
  const mine = server.url.replace("//", "//me:p%20w@");
  for (
    const url of [
      `${server.url}/a.jpg`,
      `${server.url}/from`,
      `${mine}/mine`,
      `${server.url}/stream`,
    ]
  ) {
    assert.deepEqual(await read(url, {}), BYTES, url);
  }
  assert.equal((await read(`${server.url}/empty`, {}))?.length, 0);
});

for (const status of [400, 403, 404, 410, 418, 300]) {
  Deno.test(`an answer of ${status} is a row, and isn't asked for again`, async () => {
    await using server = imageServer({
      "/a": () => new Response("no", { status }),
    });
    await assert.rejects(imageReader(PAUSE)(`${server.url}/a`, {}), {
      fault: {
        error: `http-${status}`,
        message: `the server answered ${status}`,
      },
    });
    assert.deepEqual(server.asked, ["/a"]);
  });
}

for (const status of [401, 407]) {
  Deno.test(`an answer of ${status} is the machine's fault`, async () => {
    await using server = imageServer({
      "/a": () => new Response("no", { status }),
    });
    await assert.rejects(
      imageReader(PAUSE)(`${server.url}/a?key=secret`, {}),
      (error: Error) => {
        assert.ok(error instanceof ImageUnavailableError);
        assert.ok(!(error instanceof UnreadableImageError));
        assert.ok(!(error instanceof UnreachableImageError));
        assert.match(error.message, /\/a\?…: the server answered 40[17]$/);
        return true;
      },
    );
  });
}

for (const status of [408, 429, 500, 503]) {
  Deno.test(`an answer of ${status} is asked for three times`, async () => {
    await using server = imageServer({
      "/twice": (_, before) =>
        before < 2 ? new Response("", { status }) : new Response(BYTES),
      "/always": () => new Response("", { status }),
    });
    const read = imageReader(PAUSE);
    assert.deepEqual(await read(`${server.url}/twice`, {}), BYTES);
    await assert.rejects(
      read(`${server.url}/always`, {}),
      (error) =>
        error instanceof UnreachableImageError &&
        error.message.endsWith(` in 3 tries: the server answered ${status}`),
    );
    assert.equal(server.asked.length, 6);
  });
}

Deno.test("a server that says when to come again is left alone so long", async () => {
  await using server = imageServer({
    "/a": (_, before) =>
      before === 0
        ? new Response("", { status: 503, headers: { "retry-after": "3600" } })
        : new Response(BYTES),
  });
  // Records the timers instead of waiting for an hour.
  const waits: number[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    waits.push(ms);
    return setTimeout(run, ms > 50_000 ? 0 : ms);
  }) as typeof setTimeout;
  try {
    const read = imageReader({ pause: 1 });
    assert.deepEqual(await read(`${server.url}/a`, {}), BYTES);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assert.ok(waits.includes(60_000), `${waits}`);
});

Deno.test("what is silent, refuses or ends too early can't be reached", async () => {
  const gone = new AbortController();
  await using breaking = rawServer(
    "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc",
  );
  await using server = imageServer({
    "/silent": () =>
      new Promise((resolve) =>
        gone.signal.addEventListener("abort", () => resolve(new Response()))
      ),
    "/stops": () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(BYTES);
            gone.signal.addEventListener("abort", () => {
              try {
                controller.close();
              } catch { // The client has disconnected.
              }
            });
          },
        }),
      ),
  });
  const read = imageReader({ ...PAUSE, maxSilence: 100 });
  try {
    for (
      const url of [
        `${server.url}/silent`,
        `${server.url}/stops`,
        breaking.url,
        refusingUrl(),
      ]
    ) {
      await assert.rejects(
        read(url, {}),
        (error) => error instanceof UnreachableImageError,
        url,
      );
    }
  } finally {
    gone.abort();
  }
});

Deno.test("a download says what memory it takes, and gives it back between tries", async () => {
  await using server = imageServer({
    "/a": (_, before) =>
      before === 0 ? new Response("", { status: 500 }) : new Response(BYTES),
    "/stream": () => new Response(ReadableStream.from([BYTES, BYTES])),
  });
  const read = imageReader(PAUSE);
  const reserved = async (url: string) => {
    const all: number[] = [];
    await read(url, {
      reserve: (bytes) => Promise.resolve(void all.push(bytes)),
    });
    return all;
  };
  assert.deepEqual(await reserved(`${server.url}/a`), [0, 3]);
  // A buffer of unknown length grows by doubling.
  assert.equal((await reserved(`${server.url}/stream`)).at(-1), 12);
});

Deno.test("a download of more than 256 MiB is too large, and isn't read", async () => {
  await using server = rawServer(
    `HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 28 + 1}\r\n\r\nabc`,
  );
  await assert.rejects(imageReader(PAUSE)(server.url, {}), {
    code: "image-too-large",
  });
});

Deno.test("a download and a pause end with the signal", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = imageServer({
    "/a": () => {
      resolve();
      return new Response("", { status: 503 });
    },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const reading = imageReader({ pause: 1e6 })(`${server.url}/a`, { signal });
  await promise;
  controller.abort("enough");
  await assert.rejects(reading, { name: "AbortError" });
});

import assert from "node:assert/strict";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../../src/errors.ts";
import {
  download,
  type DownloadOptions,
  fileStore,
  type Store,
} from "../../../src/weights/store/mod.ts";
import { withoutWebCrypto } from "../../runtime/without_web_crypto.ts";
import { type FileServer, type Served, serveFile } from "./file_server.ts";
import { modelBytes, readAll, sha256Of } from "./model_bytes.ts";
import { answerOf, start } from "./process.ts";
import { namesIn, temporaryFolder } from "./temporary_folder.ts";

const BYTES = modelBytes(600_000);
const OTHER = modelBytes(500_000, 2);
const HASH = sha256Of(BYTES);
const LIMIT = 1_000_000;

Deno.test("download() keeps a file, and asks no server for it again", async () => {
  await withDownload({ bytes: BYTES, etag: '"1"' }, async (it) => {
    const progress: (number | undefined)[][] = [];
    const onProgress = (...step: [number, number | undefined]) =>
      progress.push(step);
    const file = await it.download({ onProgress });
    assert.deepEqual(await readAll(file), BYTES);
    assert.deepEqual(progress.at(-1), [BYTES.length, BYTES.length]);
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.length, 1);
    const [record] = await it.store.list();
    assert.equal(record?.reference, it.server.url);
    assert.equal(record?.sha256, HASH);
    assert.equal((await namesIn(it.folder)).length, 2);
  });
});

Deno.test("download() says what a page without TLS lacks", async () => {
  await using folder = await temporaryFolder();
  await withoutWebCrypto(() =>
    assert.rejects(
      download("http://127.0.0.1:1/model.safetensors", {
        store: fileStore(folder.path),
        limit: 100,
      }),
      {
        name: "CryptoUnavailableError",
        message:
          /^Cannot download http:.* Web Crypto only in pages of https: and localhost\. load\(\)/,
      },
    )
  );
});

Deno.test("download() follows redirects", async () => {
  await withDownload({ bytes: BYTES, etag: '"1"' }, async (it, served) => {
    served.answer = ({ url }) =>
      url.endsWith("/moved")
        ? undefined
        : Response.redirect(new URL("/moved", url), 302);
    served.cutAfter = 100_000;
    await assert.rejects(it.download(), UnknownModelError);
    served.cutAfter = undefined;
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.at(-1)?.range, "bytes=100000-");
  });
});

Deno.test("download() goes on where a connection broke, however often", async () => {
  const served = { bytes: BYTES, etag: '"1"', cutAfter: 200_000 };
  await withDownload(served, async (it) => {
    for (const done of [200_000, 400_000]) {
      await assert.rejects(it.download(), (error) => {
        assert.ok(error instanceof UnknownModelError);
        assert.match(
          error.message,
          new RegExp(`after ${done} of 600000 bytes`),
        );
        return true;
      });
    }
    const steps: number[] = [];
    const file = await it.download({ onProgress: (done) => steps.push(done) });
    assert.deepEqual(await readAll(file), BYTES);
    assert.ok(steps.every((done) => done >= 400_000), `${steps}`);
    assert.deepEqual(it.server.requests, [
      { range: null, ifRange: null },
      { range: "bytes=200000-", ifRange: '"1"' },
      { range: "bytes=400000-", ifRange: '"1"' },
    ]);
    assert.equal((await namesIn(it.folder)).length, 2);
  });
});

Deno.test("download() starts over when the file has changed", async () => {
  await withBroken(async (it, served) => {
    served.bytes = OTHER;
    served.etag = '"2"';
    assert.deepEqual(await readAll(await it.download()), OTHER);
    assert.equal((await namesIn(it.folder)).length, 2);
  });
});

Deno.test("download() starts over when a server ignores ranges", async () => {
  await withBroken(async (it, served) => {
    served.answer = () => new Response(BYTES);
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.length, 2);
  });
});

Deno.test("download() starts over when a server sends another part than it was asked for", async () => {
  for (
    const range of [
      "bytes 0-599999/600000",
      "bytes 200001-599999/600000",
      "bytes 200000-600000/600000",
      "bytes 200000-199999/600000",
      "bytes 200000-599999/99999999999999999999",
      "items 200000-599999/600000",
      "../../x",
      null,
    ]
  ) {
    await withBroken(async (it, served) => {
      served.answer = ({ headers }) => {
        if (!headers.has("range")) return undefined;
        const answer = new Headers({ etag: '"1"' });
        if (range) answer.set("content-range", range);
        return new Response(BYTES.slice(200_000), {
          status: 206,
          headers: answer,
        });
      };
      assert.deepEqual(await readAll(await it.download()), BYTES);
      assert.equal(it.server.requests.length, 3);
    });
  }
});

Deno.test("download() starts over when a server continues another file", async () => {
  await withBroken(async (it, served) => {
    served.bytes = OTHER;
    served.etag = '"2"';
    // It ignores If-Range.
    served.answer = ({ headers }) =>
      headers.has("range")
        ? new Response(OTHER.slice(200_000), {
          status: 206,
          headers: {
            etag: '"2"',
            "content-range": "bytes 200000-499999/500000",
          },
        })
        : undefined;
    assert.deepEqual(await readAll(await it.download()), OTHER);
  });
});

Deno.test("download() starts over when there is nothing after what it has", async () => {
  await withBroken(async (it, served) => {
    served.bytes = modelBytes(150_000, 3);
    assert.deepEqual(await readAll(await it.download()), served.bytes);
    assert.equal(it.server.requests.length, 3);
  });
});

Deno.test("download() starts over when another process takes what it would continue", async () => {
  await withBroken(async (it, served) => {
    served.answer = ({ headers }) => {
      if (!headers.has("range")) return undefined;
      for (const { name } of Deno.readDirSync(it.folder)) {
        if (name.endsWith(".partial")) Deno.removeSync(`${it.folder}/${name}`);
      }
    };
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.deepEqual(
      it.server.requests.map(({ range }) => range),
      [null, "bytes=200000-", null],
    );
    assert.equal((await namesIn(it.folder)).length, 2);
  });
});

Deno.test("download() goes on without an ETag only when the hash is known", async () => {
  await withDownload(
    { bytes: BYTES, cutAfter: 200_000 },
    async (it, served) => {
      await assert.rejects(it.download(), UnknownModelError);
      assert.deepEqual(await namesIn(it.folder), []);
      await assert.rejects(it.download({ sha256: HASH }), UnknownModelError);
      served.cutAfter = undefined;
      const file = await it.download({ sha256: HASH });
      assert.deepEqual(await readAll(file), BYTES);
      assert.deepEqual(
        it.server.requests.map(({ range }) => range),
        [null, null, "bytes=200000-"],
      );
    },
  );
});

Deno.test("download() doesn't go on with a weak ETag", async () => {
  const served = { bytes: BYTES, etag: 'W/"1"', cutAfter: 200_000 };
  await withDownload(served, async (it) => {
    await assert.rejects(it.download(), UnknownModelError);
    assert.deepEqual(await namesIn(it.folder), []);
  });
});

Deno.test("download() takes what is compressed on its way", async () => {
  await withDownload({ bytes: BYTES }, async (it, served) => {
    served.answer = () =>
      new Response(
        new Blob([BYTES]).stream().pipeThrough(new CompressionStream("gzip")),
        { headers: { "content-encoding": "gzip", etag: '"1"' } },
      );
    assert.deepEqual(await readAll(await it.download()), BYTES);
  });
});

Deno.test("download() deletes a file with another hash than the publisher's", async () => {
  await withDownload({ bytes: BYTES, etag: '"1"' }, async (it) => {
    await assert.rejects(it.download({ sha256: "0".repeat(64) }), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, new RegExp(`must be 0{64}: it is ${HASH}`));
      assert.match(error.message, /What came is deleted/);
      return true;
    });
    assert.deepEqual(await namesIn(it.folder), []);
    await assert.rejects(it.download({ sha256: "x" }), {
      name: "ArgumentError",
    });
  });
});

Deno.test("download() deletes a partial file that was damaged", async () => {
  await withBroken(async (it) => {
    const names = await namesIn(it.folder);
    const partial = names.find((name) => name.endsWith(".partial"));
    await Deno.writeFile(`${it.folder}/${partial}`, OTHER.slice(0, 200_000));
    await assert.rejects(it.download({ sha256: HASH }), CorruptWeightsError);
    assert.deepEqual(await namesIn(it.folder), []);
    await it.download({ sha256: HASH });
  });
});

Deno.test("download() sends no header from a validator that was tampered with", async () => {
  await withBroken(async (it) => {
    const names = await namesIn(it.folder);
    const validator = names.find((name) => name.endsWith(".validator"));
    await Deno.writeTextFile(`${it.folder}/${validator}`, '"1"\r\nx-evil: 1');
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.deepEqual(it.server.requests[1], { range: null, ifRange: null });
  });
});

Deno.test("download() pins the hash of the first download", async () => {
  await withDownload({ bytes: BYTES, etag: '"1"' }, async (it, served) => {
    await it.download();
    await Deno.remove(`${it.folder}/${HASH}.safetensors`);
    served.bytes = OTHER;
    served.etag = '"2"';
    await assert.rejects(it.download(), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, new RegExp(`must be ${HASH}, as it was`));
      assert.match(error.message, new RegExp(`it is ${sha256Of(OTHER)}`));
      assert.match(
        error.message,
        /remove "http.*" from the store to accept it/,
      );
      return true;
    });
    assert.equal((await namesIn(it.folder)).length, 1, "the pin stays");
    assert.equal(await it.store.remove(it.server.url), true);
    assert.deepEqual(await readAll(await it.download()), OTHER);
    // The publisher's checksum takes precedence over a pin.
    served.bytes = BYTES;
    const file = await it.download({ sha256: HASH });
    assert.deepEqual(await readAll(file), BYTES);
    assert.deepEqual((await it.store.list()).map((it) => it.sha256), [HASH]);
  });
});

Deno.test("download() stops reading a file that goes on, and leaves nothing", async () => {
  let sent = 0;
  const answer = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 65536;
          controller.enqueue(new Uint8Array(65536));
        },
      }),
    );
  await withDownload({ bytes: BYTES, answer }, async (it, served) => {
    await assert.rejects(
      it.download(),
      /must have <= 1000000 bytes: it has more/,
    );
    assert.ok(sent < 10_000_000, `${sent} bytes were sent`);
    served.answer = () => new Response(new Uint8Array(LIMIT + 1));
    await assert.rejects(it.download(), CorruptWeightsError);
    assert.deepEqual(await namesIn(it.folder), []);
  });
});

Deno.test("download() deletes what is longer than its server says", async () => {
  await withBroken(async (it, served) => {
    served.answer = () =>
      new Response(BYTES.slice(200_000), {
        status: 206,
        headers: { etag: '"1"', "content-range": "bytes 200000-299999/300000" },
      });
    await assert.rejects(it.download(), /must have <= 300000 bytes/);
    assert.deepEqual(await namesIn(it.folder), []);
  });
});

Deno.test("download() keeps what came of a file that is shorter than its server says", async () => {
  await withBroken(async (it, served) => {
    served.answer = () =>
      new Response(BYTES.slice(200_000, 300_000), {
        status: 206,
        headers: { etag: '"1"', "content-range": "bytes 200000-299999/600000" },
      });
    await assert.rejects(it.download(), /after 300000 of 600000 bytes/);
    served.answer = undefined;
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.at(-1)?.range, "bytes=300000-");
  });
});

Deno.test("download() tells what the server answered, and keeps what it has", async () => {
  await withBroken(async (it, served) => {
    for (const status of [404, 500, 204, 206]) {
      served.answer = () => new Response(null, { status });
      await assert.rejects(it.download(), (error) => {
        assert.ok(error instanceof UnknownModelError);
        assert.match(
          error.message,
          new RegExp(`the server answered ${status}`),
        );
        return true;
      });
    }
    served.answer = undefined;
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.at(-1)?.range, "bytes=200000-");
  });
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const server = serveFile({ bytes: BYTES });
  await server[Symbol.asyncDispose]();
  await assert.rejects(
    download(server.url, { store, limit: LIMIT }),
    /Cannot reach/,
  );
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("download() stops when its signal fires, and goes on the next time", async () => {
  await withDownload({ bytes: BYTES, etag: '"1"' }, async (it, served) => {
    const signal = AbortSignal.abort("why");
    await assert.rejects(it.download({ signal }), AbortedError);
    assert.equal(it.server.requests.length, 0);

    served.answer = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(BYTES.slice(0, 100_000)),
        }),
        { headers: { etag: '"1"' } },
      );
    const controller = new AbortController();
    await assert.rejects(
      it.download({
        signal: controller.signal,
        onProgress: (done) => done === 100_000 && controller.abort("why"),
      }),
      (error) => {
        assert.ok(error instanceof AbortedError);
        assert.equal(error.cause, "why");
        return true;
      },
    );
    served.answer = undefined;
    assert.deepEqual(await readAll(await it.download()), BYTES);
    assert.equal(it.server.requests.at(-1)?.range, "bytes=100000-");
  });
});

Deno.test("downloads at once in several processes leave one right file", async () => {
  // Slow: a byte at a time until another process resumes this download. If nothing
  // arrived, a process would give up on a busy machine.
  let isContinued = false;
  const tooLate = setTimeout(() => isContinued = true, 90_000);
  const answer = ({ headers }: Request) => {
    const start = Number(headers.get("range")?.match(/\d+/)?.[0] ?? 0);
    if (start > 0) isContinued = true;
    let offset = start;
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const isHeld = offset > BYTES.length / 2 && !isContinued;
        const length = isHeld ? 1 : 10_000;
        controller.enqueue(BYTES.slice(offset, offset += length));
        if (offset >= BYTES.length) controller.close();
      },
    });
    const range = `bytes ${start}-${BYTES.length - 1}/${BYTES.length}`;
    return new Response(body, {
      status: start > 0 ? 206 : 200,
      headers: { etag: '"1"', ...(start > 0 && { "content-range": range }) },
    });
  };
  await withDownload({ bytes: BYTES, answer }, async (it) => {
    const startOne = () => start(["download", it.folder, it.server.url]);
    const processes = [startOne()];
    // There must be a partial file to resume.
    await untilPartial(it.folder, 200_000);
    for (let i = 1; i < 5; i++) {
      processes.push(startOne());
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    for (const process of processes) {
      const { found, warnings } = JSON.parse(await answerOf(process));
      assert.equal(found, HASH);
      assert.deepEqual(warnings, []);
    }
    clearTimeout(tooLate);
    assert.ok(it.server.requests.some(({ range }) => range !== null));
    assert.deepEqual(
      await namesIn(it.folder),
      [`${HASH}.safetensors`, `${sha256Of(it.server.url)}.json`].sort(),
    );
  });
});

Deno.test("a download in a process that is killed goes on in the next", async () => {
  const answer = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(BYTES.slice(0, 200_000)),
      }),
      { headers: { etag: '"1"' } },
    );
  await withDownload(
    { bytes: BYTES, etag: '"1"', answer },
    async (it, served) => {
      const process = start(["download", it.folder, it.server.url]);
      await untilPartial(it.folder, 200_000);
      process.kill("SIGKILL");
      await process.output();
      served.answer = undefined;
      assert.deepEqual(await readAll(await it.download()), BYTES);
      assert.equal(it.server.requests.at(-1)?.range, "bytes=200000-");
      assert.equal((await namesIn(it.folder)).length, 2);
    },
  );
});

/** The arguments of a test's download. */
interface Downloading {
  readonly server: FileServer;
  readonly folder: string;
  readonly store: Store;
  download(options?: Partial<DownloadOptions>): ReturnType<typeof download>;
}

async function withDownload(
  served: Served,
  use: (it: Downloading, served: Served) => Promise<void>,
) {
  await using folder = await temporaryFolder();
  await using server = serveFile(served);
  const store = fileStore(folder.path, { onWarning: assert.fail });
  await use({
    server,
    folder: folder.path,
    store,
    download: (options) =>
      download(server.url, { store, limit: LIMIT, ...options }),
  }, served);
}

/** A partial download of 200,000 of 600,000 bytes, from a server that has recovered. */
async function withBroken(
  use: (it: Downloading, served: Served) => Promise<void>,
) {
  const served: Served = { bytes: BYTES, etag: '"1"', cutAfter: 200_000 };
  await withDownload(served, async (it) => {
    await assert.rejects(it.download(), UnknownModelError);
    served.cutAfter = undefined;
    await use(it, served);
  });
}

/** Resolves when a partial file in `folder` has at least this many bytes. */
async function untilPartial(folder: string, bytes: number): Promise<void> {
  for (let size = 0; size < bytes;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const name of await namesIn(folder)) {
      if (!name.endsWith(".partial")) continue;
      const stats = await Deno.stat(`${folder}/${name}`).catch(() => null);
      size = Math.max(size, stats?.size ?? 0);
    }
  }
}

import assert from "node:assert/strict";
import { faultOf } from "../../../src/batch/faults.ts";
import { createS3, type S3Client } from "../../../src/batch/s3/s3_client.ts";
import { s3Images } from "../../../src/batch/s3/s3_images.ts";
import { freePort } from "../../long/brokers/broker_server.ts";
import { ODD_KEYS } from "./odd_keys.ts";
import { errorAnswer, type S3Server, startS3, WRITTEN } from "./s3_server.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const place = { bucket: "photos", key: "a/0.jpg" };

/** Registers a test with a server, and a client with short pauses. */
function test(
  name: string,
  run: (client: S3Client, server: S3Server) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using server = startS3();
    const patience = { maxSilence: 5000, pauses: [1, 1, 1] };
    await run(await createS3(server.settings, patience), server);
  });
}

test("objects are read as they were written", async (client) => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  await client.put(place, bytes);
  await client.put({ bucket: "photos", key: "empty" }, new Uint8Array());
  assert.deepEqual(await client.get(place), bytes);
  assert.deepEqual(
    await client.get({ bucket: "photos", key: "empty" }),
    new Uint8Array(),
  );
  const head = { key: place.key, size: 60_000, modified: Date.parse(WRITTEN) };
  assert.deepEqual(await client.head(place), head);
  const none = { bucket: "photos", key: "a/1.jpg" };
  assert.equal(await client.get(none), undefined);
  assert.equal(await client.head(none), undefined);
});

test(
  "a range is read, also from a server that knows none",
  async (client, { faults }) => {
    await client.put(place, bytesOf("0123456789"));
    assert.deepEqual(
      await client.get(place, { range: [2, 5] }),
      bytesOf("234"),
    );
    faults.push(() => new Response("0123456789"));
    assert.deepEqual(
      await client.get(place, { range: [2, 5] }),
      bytesOf("234"),
    );
  },
);

test(
  "keys have any characters, in requests and in lists",
  async (client, server) => {
    for (const key of ODD_KEYS) {
      await client.put({ bucket: "photos", key }, bytesOf(key));
      assert.deepEqual(
        await client.get({ bucket: "photos", key }),
        bytesOf(key),
        key,
      );
    }
    assert.deepEqual(
      [...server.objects.keys()],
      ODD_KEYS.map((it) => `photos/${it}`),
    );
    const listed = await Array.fromAsync(client.list({ ...place, key: "" }));
    assert.deepEqual(listed.map(({ key }) => key).sort(), ODD_KEYS.toSorted());
    const { size } = listed.find(({ key }) => key === "a b.jpg")!;
    assert.equal(size, 7);
  },
);

test(
  "lists have pages, which are asked for when they are needed",
  async (client, server) => {
    server.pageSize = 3;
    for (let i = 0; i < 8; i++) {
      server.objects.set(
        `photos/a/${i}`,
        bytesOf(""),
      );
    }
    server.objects.set("photos/b", bytesOf(""));
    const keys: string[] = [];
    for await (const { key } of client.list({ bucket: "photos", key: "a/" })) {
      keys.push(key);
      assert.equal(server.requests.length, Math.ceil(keys.length / 3));
    }
    assert.deepEqual(keys, [0, 1, 2, 3, 4, 5, 6, 7].map((it) => `a/${it}`));
  },
);

test(
  "what isn't the whole list of a bucket isn't taken for one",
  async (client, { faults }) => {
    const contents =
      "<Contents><Key>a</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>";
    const list = (inner: string) =>
      `<ListBucketResult>${inner}</ListBucketResult>`;
    const answers = [
      "",
      "<html>Welcome</html>",
      list(contents),
      list(`<IsTruncated>true</IsTruncated>${contents}`),
      list(`<IsTruncated>false</IsTruncated>${contents}`).slice(0, -5),
      list(
        `<IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents>`,
      ),
      list(
        `<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>${
          contents.replace(">a<", ">%zz<")
        }`,
      ),
    ];
    for (const answer of answers) {
      faults.push(() => new Response(answer));
      await assert.rejects(Array.fromAsync(client.list(place)), {
        name: "StorageError",
        message:
          "Cannot list s3://photos/a/0.jpg: what the server answered isn't the list of a bucket",
      }, answer);
    }
    const endless = list(
      `<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>${contents}`,
    );
    faults.push(() => new Response(endless), () => new Response(endless));
    await assert.rejects(Array.fromAsync(client.list(place)), {
      message: /isn't the list of a bucket$/,
    });
    // Like servers that don't escape keys in lists.
    faults.push(() =>
      new Response(
        list(
          `<IsTruncated>false</IsTruncated>${
            contents.replace(">a<", ">a+b%20&amp;&#x3c;&#60;<")
          }`,
        ),
      )
    );
    const [object] = await Array.fromAsync(client.list(place));
    assert.equal(object!.key, "a+b%20&<<");
  },
);

const busy = () => errorAnswer(503, "SlowDown", "Please reduce your rate.");

/** A connection that breaks in the middle of a response. */
const cut = () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(bytesOf("0123"));
        controller.error(new Error("cut"));
      },
    }),
    { headers: { "content-length": "10" } },
  );

test(
  "an overloaded server is asked again, with the whole body",
  async (client, { faults, objects }) => {
    faults.push(busy, busy, () => new Response(null, { status: 429 }));
    await client.put(place, bytesOf("0123456789"));
    assert.deepEqual(objects.get("photos/a/0.jpg"), bytesOf("0123456789"));
    faults.push(
      () => errorAnswer(400, "RequestTimeout", "Your socket was idle."),
      cut,
      () => errorAnswer(500, "InternalError", "We made a mistake."),
    );
    assert.deepEqual(await client.get(place), bytesOf("0123456789"));
    assert.equal(faults.length, 0);
  },
);

test(
  "a server that stays overloaded is an error",
  async (client, { faults, requests }) => {
    faults.push(busy, busy, busy, busy, busy);
    await assert.rejects(client.get(place), {
      name: "StorageError",
      message:
        "Cannot read s3://photos/a/0.jpg: the server answered 503 SlowDown: Please reduce your rate., at the last of 4 tries",
    });
    assert.equal(requests.length, 4);
    faults.splice(0, 1, cut, cut, cut, cut);
    await assert.rejects(client.get(place), {
      name: "StorageError",
      message:
        /^Cannot read s3:\/\/photos\/a\/0\.jpg: (the connection to 127\.0\.0\.1:\d+ failed: .+|127\.0\.0\.1:\d+ sent 4 of 10 bytes), at the last of 4 tries$/,
    });
  },
);

Deno.test("a server that isn't there, or is silent, isn't waited for", async () => {
  await using server = startS3();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const patience = { maxSilence: 20, pauses: [1] };
  const client = await createS3(server.settings, patience);
  const silent = () => promise;
  const silentInside = () =>
    new Response(
      new ReadableStream({ start: (it) => it.enqueue(bytesOf("01")) }),
      { headers: { "content-length": "10" } },
    );
  for (const fault of [silent, silentInside]) {
    server.faults.push(fault, fault);
    await assert.rejects(client.get(place), {
      name: "StorageError",
      message:
        /^Cannot read s3:\/\/photos\/a\/0\.jpg: 127\.0\.0\.1:\d+ was silent for 0\.02 s, at the last of 2 tries$/,
    });
  }
  resolve(undefined);
  // A port where nothing listens.
  const endpoint = new URL(`http://127.0.0.1:${freePort()}`);
  const other = await createS3({ ...server.settings, endpoint }, patience);
  await assert.rejects(other.head(place), {
    name: "StorageError",
    message: /the connection to 127\.0\.0\.1:\d+ failed: .*refused.*2 tries$/s,
  });
});

test("a signal ends tries and pauses", async (_, server) => {
  const patient = await createS3(server.settings, { pauses: [1e9] });
  const controller = new AbortController();
  server.faults.push(() => {
    setTimeout(() => controller.abort(), 5);
    return busy();
  });
  const { signal } = controller;
  await assert.rejects(patient.get(place, { signal }), { name: "AbortError" });
  await assert.rejects(patient.get(place, { signal }), { name: "AbortError" });
  assert.equal(server.requests.length, 1);
});

/** Responses that aren't retried, with their errors. */
const REFUSALS: readonly (readonly [answer: () => Response, reason: RegExp])[] =
  [
    [
      () => errorAnswer(403, "AccessDenied", "Access Denied"),
      /: the keys don't allow it\. Without the right to list .* \(the server answered 403 AccessDenied: Access Denied\)$/,
    ],
    [() => new Response(null, { status: 403 }), /: the keys were refused/],
    [
      () => errorAnswer(403, "InvalidAccessKeyId", "No"),
      /: the server doesn't know AWS_ACCESS_KEY_ID \(/,
    ],
    [
      () => errorAnswer(403, "SignatureDoesNotMatch", "No"),
      /: AWS_SECRET_ACCESS_KEY doesn't belong to AWS_ACCESS_KEY_ID \(/,
    ],
    [
      () => errorAnswer(400, "ExpiredToken", "The provided token has expired."),
      /: the keys have expired: set new ones, and their AWS_SESSION_TOKEN \(/,
    ],
    [
      () =>
        errorAnswer(403, "RequestTimeTooSkewed", "No", {
          date: "Mon, 02 Jan 2034 03:04:05 GMT",
        }),
      /: this machine's clock is wrong: it says 2\S+Z, the server's says 2034-01-02T03:04:05.000Z \(/,
    ],
    [
      () =>
        errorAnswer(301, "PermanentRedirect", "No", {
          "x-amz-bucket-region": "us-west-2",
        }),
      /: the bucket is in another region: set AWS_REGION to us-west-2, it is eu-west-3 \(/,
    ],
    [
      () =>
        new Response(
          "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-east-1</Region></Error>",
          { status: 400 },
        ),
      /: the bucket is in another region: set AWS_REGION to us-east-1/,
    ],
    [
      () =>
        new Response(null, {
          status: 307,
          headers: { location: "http://127.0.0.1:9/" },
        }),
      /: the bucket is in another region than AWS_REGION, or at another endpoint/,
    ],
    [
      () => errorAnswer(404, "NoSuchBucket", "No"),
      /: there is no such bucket \(/,
    ],
    // Another kind of server is at that address.
    [
      () => new Response("Not found", { status: 404 }),
      /: the server answered 404$/,
    ],
    [
      () => errorAnswer(403, "InvalidObjectState", "No"),
      /: it is archived: restore it first/,
    ],
    [
      () => errorAnswer(400, "Odd", `\u001b[31m${"x".repeat(400)}`),
      /: the server answered 400 Odd: \ufffd\[31mx{295}…$/,
    ],
  ];

test(
  "a refusal isn't tried again, and its cause is named",
  async (client, { faults, requests }) => {
    for (const [answer, reason] of REFUSALS) {
      const before = requests.length;
      faults.push(answer);
      await assert.rejects(client.get(place), (error: Error) => {
        assert.equal(error.name, "StorageError");
        assert.match(error.message, /^Cannot read s3:\/\/photos\/a\/0\.jpg: /);
        assert.match(error.message, reason);
        return true;
      });
      assert.equal(requests.length, before + 1);
    }
  },
);

test(
  "a server that repeats secrets doesn't get them into messages",
  async (client, server) => {
    const { secretAccessKey, sessionToken } = server.settings;
    server.faults.push(() =>
      errorAnswer(400, "Odd", `${secretAccessKey} and ${sessionToken}`)
    );
    await assert.rejects(client.put(place, bytesOf("x")), {
      message:
        "Cannot write s3://photos/a/0.jpg: the server answered 400 Odd: … and …",
    });
  },
);

test("wrong keys are refused by the server", async (_, server) => {
  for (
    const change of [
      { secretAccessKey: "other" },
      { sessionToken: undefined },
      { region: "us-east-1" },
    ]
  ) {
    const client = await createS3({ ...server.settings, ...change });
    await assert.rejects(client.put(place, bytesOf("x")), {
      message: /AWS_SECRET_ACCESS_KEY doesn't belong to AWS_ACCESS_KEY_ID/,
    });
  }
  assert.equal(server.objects.size, 0);
});

test(
  "images are read by their addresses",
  async (client, { objects, faults }) => {
    const read = s3Images(() => Promise.resolve(client));
    objects.set("photos/a b?.jpg", bytesOf("an image"));
    const reserved: number[] = [];
    const reserve = (bytes: number) => {
      reserved.push(bytes);
      return Promise.resolve();
    };
    assert.deepEqual(
      await read("s3://photos/a b?.jpg", { reserve }),
      bytesOf("an image"),
    );
    assert.deepEqual(reserved, [8]);
    assert.equal(await read("s3://photos/none.jpg", {}), undefined);
    faults.push(() =>
      new Response(new ReadableStream(), {
        headers: { "content-length": `${2 ** 28 + 1}` },
      })
    );
    await assert.rejects(read("s3://photos/a b?.jpg", {}), {
      name: "ImageTooLargeError",
    });
    faults.push(() => errorAnswer(403, "AccessDenied", "Access Denied"));
    await assert.rejects(read("s3://photos/a b?.jpg", {}), {
      name: "StorageError",
    });
    for (const address of ["s3://photos", "s3://photos/", "s3://photos/../a"]) {
      await assert.rejects(
        read(address, {}),
        (error) =>
          faultOf(error)?.message ===
            "its address isn't s3://bucket/key",
      );
    }
  },
);

import assert from "node:assert/strict";
import {
  readS3Settings,
  type S3_VARIABLES,
} from "../../../src/batch/s3/settings.ts";

type Variables = Partial<Record<(typeof S3_VARIABLES)[number], string>>;

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

function read(variables: Variables, isReadable = true) {
  return readS3Settings({
    read: (name) => Promise.resolve(variables[name as keyof Variables]),
    mayRead: () => Promise.resolve(isReadable),
  });
}

Deno.test("keys, region and endpoint are those of other tools", async () => {
  assert.deepEqual(await read(KEYS), {
    accessKeyId: "id",
    secretAccessKey: "secret",
    sessionToken: undefined,
    region: "us-east-1",
    endpoint: undefined,
  });
  const all = await read({
    ...KEYS,
    AWS_SESSION_TOKEN: "token",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9000",
  });
  assert.equal(all.sessionToken, "token");
  assert.equal(all.region, "eu-west-1");
  assert.equal(all.endpoint?.href, "http://127.0.0.1:9000/");
  const nearer = await read({
    ...KEYS,
    AWS_SESSION_TOKEN: "",
    AWS_REGION: "eu-west-2",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_S3: "https://s3.example",
    AWS_ENDPOINT_URL: "https://all.example",
  });
  assert.equal(nearer.sessionToken, undefined);
  assert.equal(nearer.region, "eu-west-2");
  assert.equal(nearer.endpoint?.href, "https://s3.example/");
});

Deno.test("without keys the error names the variables", async () => {
  await assert.rejects(read({ AWS_ACCESS_KEY_ID: "id" }), {
    name: "StorageError",
    message:
      "Cannot use buckets as the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must have the keys: AWS_SECRET_ACCESS_KEY isn't set",
  });
  await assert.rejects(read({}, false), {
    name: "StorageError",
    message:
      /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY aren't readable\. Run Deno with --allow-env=AWS_ACCESS_KEY_ID,.*AWS_ENDPOINT_URL$/,
  });
});

Deno.test("an endpoint is an address, and isn't shown with its password", async () => {
  for (
    const endpoint of ["host:9000", "ftp://host", "https://id:secret@host/?a=b"]
  ) {
    await assert.rejects(read({ ...KEYS, AWS_ENDPOINT_URL: endpoint }), {
      name: "ArgumentError",
      message:
        /^Cannot use buckets as AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL must be an address such as https:\/\/host:9000: current value is (?!.*secret)/,
    });
  }
});

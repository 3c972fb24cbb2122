import assert from "node:assert/strict";
import {
  isNameable,
  objectUrl,
  parseS3Address,
  s3Address,
} from "../../../src/batch/s3/s3_address.ts";
import type { S3Settings } from "../../../src/batch/s3/settings.ts";

const SETTINGS: S3Settings = {
  accessKeyId: "id",
  secretAccessKey: "secret",
  sessionToken: undefined,
  region: "eu-west-1",
  endpoint: undefined,
};

Deno.test("an address has a bucket, and a key as it is", () => {
  for (
    const [address, bucket, key] of [
      ["s3://photos/a b?#%20+.jpg", "photos", "a b?#%20+.jpg"],
      ["s3://my.photos/a/", "my.photos", "a/"],
      ["s3://photos//a//b", "photos", "/a//b"],
      ["s3://photos/a\nb", "photos", "a\nb"],
      ["s3://photos/..a", "photos", "..a"],
      ["s3://photos/", "photos", ""],
    ] as const
  ) {
    assert.deepEqual(parseS3Address(address), { bucket, key });
    assert.equal(s3Address({ bucket, key }), address);
  }
  assert.deepEqual(parseS3Address("S3://photos"), {
    bucket: "photos",
    key: "",
  });
});

Deno.test("what is no address of a bucket is refused", () => {
  for (
    const address of [
      "s3:photos/a",
      "s3:///a",
      "s3://ab/a",
      "s3://../a",
      "s3://user@photos/a",
      "s3://photos:80/a",
      "s3://photos/a/../b",
      "s3://photos/.",
      "s3://photos/\ud800",
      "https://photos/a",
    ]
  ) {
    assert.throws(() => parseS3Address(address), {
      name: "ArgumentError",
      message: /^Cannot use a bucket as its address must be s3:\/\/bucket\/key/,
    }, address);
  }
  assert.ok(!isNameable("a/./b") && isNameable("a/.b/c..d"));
});

Deno.test("Amazon's buckets have hosts of their own, where certificates allow it", () => {
  const urlOf = (bucket: string, key: string, region = "eu-west-1") =>
    objectUrl({ ...SETTINGS, region }, { bucket, key }).href;
  assert.equal(
    urlOf("photos", "a b/+.jpg"),
    "https://photos.s3.eu-west-1.amazonaws.com/a%20b/%2B.jpg",
  );
  assert.equal(
    urlOf("photos", ""),
    "https://photos.s3.eu-west-1.amazonaws.com/",
  );
  assert.equal(
    urlOf("my.photos", "a"),
    "https://s3.eu-west-1.amazonaws.com/my.photos/a",
  );
  assert.equal(
    urlOf("Old_Photos", "a"),
    "https://s3.eu-west-1.amazonaws.com/Old_Photos/a",
  );
  assert.equal(
    urlOf("photos", "a", "cn-north-1"),
    "https://photos.s3.cn-north-1.amazonaws.com.cn/a",
  );
});

Deno.test("other servers have buckets as the first part of paths", () => {
  const urlOf = (endpoint: string, key: string) =>
    objectUrl({ ...SETTINGS, endpoint: new URL(endpoint) }, {
      bucket: "photos",
      key,
    }, { prefix: "a b+c/", "list-type": "2" }).href;
  const query = "?prefix=a%20b%2Bc%2F&list-type=2";
  assert.equal(
    urlOf("http://127.0.0.1:9000", "a"),
    `http://127.0.0.1:9000/photos/a${query}`,
  );
  assert.equal(
    urlOf("https://host/storage/v1/s3/", ""),
    `https://host/storage/v1/s3/photos${query}`,
  );
});

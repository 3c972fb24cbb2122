import assert from "node:assert/strict";
import { run } from "../in_process.ts";
import { freePort } from "../../long/brokers/broker_server.ts";

/** Wrong options and their errors. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  [
    "work run --queue amqp://me:secret@host",
    /Cannot use --queue amqp:\/\/host as it must be a host after one of redis:\/\/,/,
  ],
  [
    "work run --queue redis://me:secret@host:99999",
    /^error Cannot use this --queue as it must be a host after one of redis:\/\/,/,
  ],
  [
    "work run --queue redis://host --shard 1",
    /Cannot use --queue with --shard/,
  ],
  ["work run --lock-seconds 5", /Cannot use --lock-seconds without --queue/],
  ["work run --max-stalled 5", /Cannot use --max-stalled without --queue/],
  [
    "work run --queue redis://host --lock-seconds 0",
    /--lock-seconds 0 as it must be a whole number in 1\.\.86400/,
  ],
  ["retry run", /without --queue URL/],
  ["cancel run", /without --queue URL/],
  ["cancel --queue redis://host", /without a RUN/],
];

for (const [words, message] of REFUSED) {
  Deno.test(`batch ${words} is refused`, async () => {
    const { code, stderr } = await run(["batch", ...words.split(" ")]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /secret/);
  });
}

for (const command of ["retry", "cancel"]) {
  Deno.test(`batch ${command} needs a plan`, async () => {
    const path = await Deno.makeTempDir();
    const queue = `redis://127.0.0.1:${freePort()}`;
    try {
      const { code, stderr } = await run(
        ["batch", command, path, "--queue", queue],
      );
      assert.equal(code, 1);
      assert.match(
        stderr,
        /as there is no run in .*: totem batch plan CORPUS/,
      );
    } finally {
      await Deno.remove(path);
    }
  });
}

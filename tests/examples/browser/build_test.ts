import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { outputOf } from "../../output_of.ts";
import { assertRefused } from "./assert_refused.ts";

const SCRIPT = fileURLToPath(
  new URL("../../../examples/browser/build.ts", import.meta.url),
);

function build(...args: readonly string[]) {
  return outputOf(Deno.execPath(), {
    args: ["run", "--lock=deno.lock", "-A", SCRIPT, ...args],
    cwd: fileURLToPath(new URL("../../../", import.meta.url)),
    env: { NO_COLOR: "1" },
  });
}

Deno.test("the page's build shows its options", async () => {
  const { code, stdout, stderr } = await build("--help");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Usage: deno run -A build\.ts \[options\]\n/);
  const options = stdout.matchAll(/^ {2}(?:-h, )?(--[\w-]+)/gm);
  assert.deepEqual(
    Array.from(options, ([, name]) => name),
    ["--model", "--out", "--help"],
  );
});

for (
  const [args, why] of [
    [["--modle", "nsfw"], /^Unknown option '--modle'/],
    [["--out"], /^Option '--out <value>' argument missing/],
    [["dist"], /^Unexpected argument 'dist'/],
  ] as const
) {
  Deno.test(`the page's build refuses ${args.join(" ")}`, async () => {
    assertRefused(await build(...args), why);
  });
}

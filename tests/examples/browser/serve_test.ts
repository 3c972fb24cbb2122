import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { outputOf } from "../../output_of.ts";
import { assertRefused } from "./assert_refused.ts";

const SCRIPT = fileURLToPath(
  new URL("../../../examples/browser/serve.ts", import.meta.url),
);

function serve(...args: readonly string[]) {
  return outputOf(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-net", SCRIPT, ...args],
    env: { NO_COLOR: "1" },
  });
}

Deno.test("the page's server tells its options", async () => {
  const { code, stdout, stderr } = await serve("--help");
  assert.equal(code, 0, stderr);
  const options = stdout.matchAll(/^ {2}(--[\w-]+)/gm);
  assert.deepEqual(
    Array.from(options, ([, name]) => name),
    ["--port", "--host", "--edit", "--no-isolation", "--help"],
  );
});

for (
  const [args, why] of [
    [["--prot", "80"], /^Unknown option '--prot'/],
    [["--port", "eighty"], /^--port must be 0 to 65535, not 'eighty'\n/],
    [["--port", "65536"], /^--port must be 0 to 65535, not '65536'\n/],
    [["--port"], /^Option '--port <value>' argument missing/],
    [["dist"], /^Unexpected argument 'dist'/],
  ] as const
) {
  Deno.test(`the page's server refuses ${args.join(" ")}`, async () => {
    assertRefused(await serve(...args), why);
  });
}

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../bench/bench.ts", import.meta.url));
const USAGE = "Usage: deno task bench [--layers] [--rounds 20]\n";

Deno.test("a benchmark says how it is called", async () => {
  assert.deepEqual(await run("--help"), { code: 0, stdout: USAGE, stderr: "" });
});

for (
  const [wrong, message] of [
    [["--rounds", "x"], "Cannot use --rounds x as it must be a whole number"],
    [["--rounds=0"], "Cannot use --rounds 0 as it must be a whole number >= 1"],
    [["--layers=1"], "'--layers'"],
    [["--fast"], "'--fast'"],
    [["a"], "'a'"],
  ] as const
) {
  Deno.test(`a benchmark refuses ${wrong.join(" ")}`, async () => {
    const { code, stdout, stderr } = await run(...wrong);
    assert.ok(stderr.includes(message), stderr);
    assert.ok(stderr.endsWith(`\n${USAGE}`), stderr);
    assert.ok(!stderr.includes("    at "), stderr);
    assert.equal(stdout, "");
    assert.equal(code, 2);
  });
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      SCRIPT,
      ...args,
    ],
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

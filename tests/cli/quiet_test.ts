import assert from "node:assert/strict";
import { captured, run } from "./in_process.ts";
import { PHOTOS, workFolder } from "./totem.ts";

Deno.test("--quiet leaves out notes and sums, and keeps errors and results", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  await Deno.mkdir(photos);
  await Deno.copyFile(`${PHOTOS}/fig.jpg`, `${photos}/fig.jpg`);
  await Deno.writeTextFile(`${photos}/bad.jpg`, "no image");
  await Deno.writeTextFile(`${photos}/notes.txt`, "");
  const classify = (...options: string[]) =>
    run(["classify", ...options, ...folder.model, photos]);
  const loud = await classify();
  assert.match(
    loud.stderr,
    /^note .* Assumed: .*\nerror .*bad\.jpg: .*\n1 done, 1 failed\nskipped 1 file: 1 \.txt\n$/,
  );
  for (const option of ["--quiet", "-q"]) {
    const { code, stdout, stderr } = await classify(option);
    assert.match(stderr, /^error .*bad\.jpg: [^\n]*\n$/);
    assert.equal(stdout, loud.stdout);
    assert.equal(code, 1);
  }
});

Deno.test("a quiet terminal shows warnings, and neither notes nor bars", async () => {
  const { stderr } = await captured((terminal) => {
    terminal.isQuiet = true;
    terminal.tellNote("a note");
    terminal.tellOnce("note", "another note");
    terminal.tellOnce("warning", "slow");
    terminal.tellWarning("odd");
    using progress = terminal.showProgress((done) => `${done} of it`);
    const { now } = performance;
    performance.now = () => now.call(performance) + 1000;
    progress.update(1, 2);
    performance.now = now;
  }, { isTerminal: true, env: { TERM: "xterm" } });
  assert.equal(
    stderr,
    "\x1b[33mwarning\x1b[39m slow\n\x1b[33mwarning\x1b[39m odd\n",
  );
});

Deno.test("work goes on where nobody reads standard error any more", async () => {
  await using folder = await workFolder();
  const args = ["classify", ...folder.model, "gone.jpg", `${PHOTOS}/fig.jpg`];
  const heard = await run(args);
  assert.equal(heard.code, 1);
  const { code, stdout, stderr } = await run(args, { isUnheard: true });
  assert.deepEqual({ code, stderr }, { code: 1, stderr: "" });
  assert.equal(stdout, heard.stdout);
});

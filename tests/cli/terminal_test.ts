import assert from "node:assert/strict";
import type { Terminal } from "../../src/cli/terminal.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { captured, run } from "./in_process.ts";
import { PHOTOS } from "./totem.ts";

const HOSTILE = "a\r\x1b[1A\x1b[2K\x1b]52;c;AAAA\x07\nsound\x9b8m\u202e";
const SHOWN =
  "a\ufffd\ufffd[1A\ufffd[2K\ufffd]52;c;AAAA\ufffd\ufffdsound\ufffd8m\ufffd";

for (const isTerminal of [true, false]) {
  Deno.test(`text has no control characters ${isTerminal ? "on a terminal" : "in a pipe"}`, async () => {
    const { stdout, stderr } = await captured((terminal) => {
      terminal.print(HOSTILE, "next");
      terminal.tell(HOSTILE);
    }, { isTerminal, env: { TERM: "xterm" } });
    assert.equal(stdout, `${SHOWN}\nnext\n`);
    assert.equal(stderr, `${SHOWN}\n`);
  });
}

Deno.test("paint() paints on a terminal, whatever the text holds", async () => {
  const painted = (terminal: Terminal) =>
    terminal.print(`${terminal.paint("bold", "\x1b[8ma")} \x1b[31mb`);
  const on = await captured(painted, {
    isTerminal: true,
    env: { TERM: "xterm" },
  });
  assert.equal(on.stdout, "\x1b[1m\ufffd[8ma\x1b[22m \ufffd[31mb\n");
  const off = await captured(painted);
  assert.equal(off.stdout, "\ufffd[8ma \ufffd[31mb\n");
});

Deno.test("tell() takes a progress bar away first", async () => {
  const { stderr } = await captured((terminal) => {
    using progress = terminal.showProgress((done) => `${done} of it`);
    const { now } = performance;
    performance.now = () => now.call(performance) + 1000;
    progress.update(1, 2);
    performance.now = now;
    terminal.tell("next");
  }, { isTerminal: true, env: { TERM: "xterm" } });
  assert.ok(stderr.endsWith("1 of it\x1b[K\r\x1b[Knext\n"), stderr);
});

Deno.test("progress without a known total has no bar", async () => {
  const { stderr } = await captured((terminal) => {
    using progress = terminal.showProgress((done) => `${done} images`);
    const { now } = performance;
    performance.now = () => now.call(performance) + 1000;
    progress.update(1, Infinity);
    performance.now = now;
  }, { isTerminal: true, env: { TERM: "xterm" } });
  assert.equal(stderr, "\r1 images\x1b[K\r\x1b[K");
});

Deno.test("a dumb terminal gets neither colours nor bars", async () => {
  const show = async (terminal: Terminal) => {
    terminal.print(terminal.paint("bold", "a"));
    const progress = terminal.showProgress((done) => `${done} of it`);
    const { now } = performance;
    performance.now = () => now.call(performance) + 1000;
    progress.update(1, 2);
    performance.now = now;
    await Promise.resolve();
  };
  const dumb = await captured(show, {
    isTerminal: true,
    env: { TERM: "dumb" },
  });
  assert.deepEqual({ ...dumb, result: null }, {
    result: null,
    stdout: "a\n",
    stderr: "",
  });
  const other = await captured(show, {
    isTerminal: true,
    env: { TERM: "xterm" },
  });
  assert.equal(other.stdout, "\x1b[1ma\x1b[22m\n");
  assert.match(other.stderr, /━+╌+ 1 of it/);
});

Deno.test("JSON and bytes reach standard output as they are", async () => {
  const json = await captured((terminal) =>
    terminal.printJson({ label: HOSTILE })
  );
  assert.deepEqual(JSON.parse(json.stdout), { label: HOSTILE });
  assert.doesNotMatch(json.stdout.trimEnd(), /\p{Cc}|\u202e/u);
  const bytes = await captured((terminal) =>
    terminal.printBytes(new Uint8Array([27, 91, 65]))
  );
  assert.equal(bytes.stdout, "\x1b[A");
});

Deno.test("tellProblem() says what is wrong with what, in one line", async () => {
  const { stderr } = await captured((terminal) => {
    terminal.tellProblem("a\nb.jpg", new Error("no\x1b image"));
    terminal.tellProblem("c.jpg", "no image", {
      word: "left out",
      style: "yellow",
    });
  });
  assert.equal(
    stderr,
    "error a\ufffdb.jpg: no\ufffd image\nleft out c.jpg: no image\n",
  );
});

Deno.test("tellOnce() tells each message once, with its word if it has one", async () => {
  const tell = (isQuiet: boolean) =>
    captured((terminal) => {
      terminal.isQuiet = isQuiet;
      for (const word of ["note", "warning", ""] as const) {
        terminal.tellOnce(word, `a${word}`);
        terminal.tellOnce(word, `a${word}`);
      }
    });
  assert.equal((await tell(false)).stderr, "note anote\nwarning awarning\na\n");
  assert.equal((await tell(true)).stderr, "warning awarning\n");
});

Deno.test("a model's labels, source and licence give a terminal no orders", async () => {
  const network = await narrowNetwork();
  const labels = network.labels.map((label) => `${label}${HOSTILE}`);
  await using file = await fileOf({
    ...network,
    labels,
    source: HOSTILE,
    license: HOSTILE,
  });
  const model = ["--model", file.path, "--variant", "75", "--threads", "1"];
  const setup = { isTerminal: true, env: { TERM: "xterm" } };
  for (
    const args of [["verify", file.path], [
      "classify",
      ...model,
      `${PHOTOS}/drum.jpg`,
    ]]
  ) {
    const { code, stdout, stderr } = await run(args, setup);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(SHOWN), stdout);
    const others = stdout.replaceAll("\x1b[1m", "").replaceAll("\x1b[22m", "")
      .replaceAll("\x1b[32m", "").replaceAll("\x1b[39m", "");
    assert.doesNotMatch(others, /[^\n\P{Cc}]|\u202e/u);
  }
});

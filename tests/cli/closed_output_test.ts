/**
 * Output whose reader has gone away, as with `head`: real pipes of a process, and, as
 * all commands write to the same terminal, streams in this process that fail alike.
 */
import assert from "node:assert/strict";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { main } from "../../src/cli.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { testStreams } from "./in_process.ts";
import { isElsewhere, programWith } from "./program.ts";
import { PHOTOS } from "./totem.ts";

interface Unread {
  readonly cwd: string;
  readonly stdin?: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Runs a command line whose output nobody reads, and returns its exit code. */
function runUnread(args: readonly string[], setup: Unread): Promise<number> {
  if (isElsewhere()) return runUnreadApart(args, setup);
  const { stdin } = setup;
  return main(
    args,
    testStreams({ isBroken: true, isUnheard: true, ...stdin && { stdin } }),
  );
}

/** Like `runUnread`, in a process. */
async function runUnreadApart(
  args: readonly string[],
  { cwd, stdin }: Unread,
): Promise<number> {
  const [program, ...before] = programWith(["--allow-read", "--allow-write=."]);
  const process = new Deno.Command(program!, {
    args: [...before, ...args],
    cwd,
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
  // The process may exit before it has read everything.
  await stdin?.pipeTo(process.stdin).catch(() => {});
  return (await process.status).code;
}

Deno.test("files are whole where nobody reads what is printed besides", async () => {
  await using folder = await temporaryFolder();
  await using file = await fileOf(await narrowNetwork());
  const { path: cwd } = folder;
  const own = ["--model", file.path];
  const model = [...own, "--variant", "75"];
  const photos = `${cwd}/photos`;
  for (const [i, name] of ["drum", "fig", "clock", "alp"].entries()) {
    const into = `${photos}/class ${i % 2}`;
    await Deno.mkdir(into, { recursive: true });
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, `${into}/${name}.jpg`);
  }
  await Deno.writeTextFile(`${photos}/class 0/notes.txt`, "passed over");
  const photo = `${photos}/class 0/drum.jpg`;
  const svg = /^<svg[^]*<\/svg>\s*$/;
  const commands: [args: string[], expected: Record<string, RegExp>][] = [
    [
      [
        ...["evaluate", ...model, photos],
        ...[`--svg=${cwd}/c.svg`, `--resume=${cwd}/r.jsonl`],
      ],
      { "c.svg": svg, "r.jsonl": /^(\{.*\}\n){5}$/ },
    ],
    [["index", photos, `--out=${cwd}/i.safetensors`, ...model], {
      "i.safetensors": /drum\.jpg/,
    }],
    [
      [
        ...["search", photo, `--index=${cwd}/i.safetensors`],
        ...[`--html=${cwd}/s.html`, ...model],
      ],
      { "s.html": /^<!doctype html>[^]*<\/html>\s*$/i },
    ],
    [["features", "--npy", `--resume=${cwd}/f.npy`, ...model, photos], {
      "f.npy": /^.NUMPY[^]*\( *4,/,
      "f.npy.rows.jsonl": /^(\{.*\}\n){5}$/,
    }],
    [["explain", photo, `--out=${cwd}/e.json`, ...model], {
      "e.json": /^\{.*\}\s*$/,
    }],
    [["inspect", "--factorize", `--svg=${cwd}/f.svg`], { "f.svg": svg }],
    [
      [
        ...["finetune", photos, ...own, "--variant=75", "--epochs=1"],
        "--validation-split=0.5",
        ...[`--out=${cwd}/t.safetensors`, `--svg=${cwd}/t.svg`],
      ],
      { "t.safetensors": /"class 1/, "t.svg": svg },
    ],
    [["convert", file.path, `--out=${cwd}/o.onnx`], {
      "o.onnx": /Conv2d_1a_3x3/,
    }],
  ];
  for (const [args, expected] of commands) {
    const run = args[0] === "evaluate" ? runUnreadApart : runUnread;
    assert.equal(await run(args, { cwd }), 0, args[0]);
    for (const [name, content] of Object.entries(expected)) {
      const bytes = await Deno.readFile(`${cwd}/${name}`);
      const text = new TextDecoder("latin1").decode(bytes);
      assert.match(text, content, `${args[0]}: ${name}`);
    }
  }
  const left = (await Array.fromAsync(Deno.readDir(cwd))).map((it) => it.name);
  assert.deepEqual(left.filter((it) => it.endsWith(".part")), []);
});

Deno.test("totem classify ends when nobody reads its answers, however many images follow", async () => {
  await using folder = await temporaryFolder();
  await using file = await fileOf(await narrowNetwork());
  const line = new TextEncoder().encode(`${PHOTOS}/fig.jpg\n`);
  const args = ["--model", file.path, "--variant=75", "--files-from=-"];
  for (const format of ["text", "json", "csv", "tsv"]) {
    const stdin = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(line),
    });
    const command = ["classify", "--format", format, ...args];
    const run = format === "text" ? runUnreadApart : runUnread;
    assert.equal(await run(command, { cwd: folder.path, stdin }), 0);
  }
});

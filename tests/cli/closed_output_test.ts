/** Real pipes of a separate process whose reader closes them, as `head` does. */
import assert from "node:assert/strict";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { programWith } from "./program.ts";
import { PHOTOS } from "./totem.ts";

/** Runs a command line whose output nobody reads, and returns its exit code. */
async function runUnread(
  args: readonly string[],
  { cwd, stdin }: { cwd: string; stdin?: ReadableStream<Uint8Array> },
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
      ["evaluate", ...model, "--svg=c.svg", "--resume=r.jsonl", photos],
      { "c.svg": svg, "r.jsonl": /^(\{.*\}\n){5}$/ },
    ],
    [["index", photos, "--out=i.safetensors", ...model], {
      "i.safetensors": /drum\.jpg/,
    }],
    [
      ["search", photo, "--index=i.safetensors", "--html=s.html", ...model],
      { "s.html": /^<!doctype html>[^]*<\/html>\s*$/i },
    ],
    [["features", "--npy", "--resume=f.npy", ...model, photos], {
      "f.npy": /^.NUMPY[^]*\( *4,/,
      "f.npy.rows.jsonl": /^(\{.*\}\n){5}$/,
    }],
    [["explain", photo, "--out=e.json", ...model], { "e.json": /^\{.*\}\s*$/ }],
    [["inspect", "--factorize", "--svg=f.svg"], { "f.svg": svg }],
    [
      [
        ...["finetune", photos, ...own, "--variant=75", "--epochs=1"],
        ...["--validation-split=0.5", "--out=t.safetensors", "--svg=t.svg"],
      ],
      { "t.safetensors": /"class 1/, "t.svg": svg },
    ],
    [["convert", file.path, "--out=o.onnx"], { "o.onnx": /Conv2d_1a_3x3/ }],
  ];
  for (const [args, expected] of commands) {
    assert.equal(await runUnread(args, { cwd }), 0, args[0]);
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
    const stdin = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(line),
    });
    const command = ["classify", "--format", format, ...args];
    assert.equal(await runUnread(command, { cwd: folder.path, stdin }), 0);
  }
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { programWith } from "./program.ts";
import { writeNetwork } from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";

/** The result of a command line. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
}

export const PHOTOS = fileURLToPath(
  new URL("../../examples/photos", import.meta.url),
);

/** Runs the command line as a user does, with only read access. */
export async function totem(
  args: readonly string[],
  { stdin, permissions = ["--allow-read"], cwd, env = {} }: {
    stdin?: Uint8Array;
    permissions?: readonly string[];
    cwd?: string;
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Run> {
  const [program, ...before] = programWith(permissions);
  const process = new Deno.Command(program!, {
    args: [...before, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    ...cwd !== undefined && { cwd },
  }).spawn();
  if (stdin) {
    const writer = process.stdin.getWriter();
    await writer.write(stdin);
    await writer.close();
  }
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stdoutBytes: stdout,
    stderr: decoder.decode(stderr),
  };
}

/** The note about the model of a {@linkcode workFolder}. */
const NOTE =
  /^note .*\/(model|headless) doesn't say how photos enter it\. Assumed: pixels -1\.\.1, central crop, antialiased resize \(change with --scale, --crop, --resize\)\n/m;

/**
 * Returns the standard error without this note.
 *
 * @throws {AssertionError} If the note is missing.
 */
export function besidesNote({ stderr }: Pick<Run, "stderr">): string {
  assert.match(stderr, NOTE);
  return stderr.replace(NOTE, "");
}

let layersModel: ReturnType<typeof makeLayersModel> | undefined;

/** A folder with a small model in `model/`, which is deleted when disposed. */
export async function workFolder(): Promise<
  AsyncDisposable & { readonly path: string; readonly model: readonly string[] }
> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/model`);
  layersModel ??= makeLayersModel();
  await writeLayersModel(layersModel, `${path}/model`);
  return {
    path,
    model: ["--model", `${path}/model`, "--variant", "75"],
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/**
 * A {@linkcode workFolder} whose model is int8, specifies its preprocessing and runs on
 * one thread, for tests of behaviour that doesn't depend on the model: it loads quickly
 * in each command.
 */
export async function int8Folder(): ReturnType<typeof workFolder> {
  const path = await Deno.makeTempDir();
  const file = `${path}/model.safetensors`;
  await Deno.writeFile(file, writeNetwork(await narrowNetwork()).stream);
  return {
    path,
    model: ["--model", file, "--variant", "75", "--threads", "1"],
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** The environment and permissions for keeping models in `folder`. */
export function cacheIn(folder: string) {
  return {
    env: { TOTEM_CACHE: folder },
    permissions: [
      "--allow-read",
      "--allow-env=TOTEM_CACHE",
      `--allow-write=${folder}`,
    ],
  };
}

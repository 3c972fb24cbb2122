import assert from "node:assert/strict";
import {
  explainSystemError,
  FileError,
  messageOf,
  withFile,
  withOpenFile,
} from "../../src/cli/file_error.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { logRequest } from "../../src/cli/request_log.ts";
import {
  CorruptWeightsError,
  DecoderUnavailableError,
  TotemError,
} from "../../src/errors.ts";
import { decodeImage } from "../../src/image/mod.ts";
import { howToGet } from "../../src/image/heic/load_libheif.ts";
import { handInHint } from "../../src/runtime/wasm_modules.ts";

Deno.test("withFile() names the file in the system's errors and in what is corrupt", async () => {
  const path = "/none/such";
  await assert.rejects(
    withFile("read", path, () => Deno.readFile(path)),
    (error) => {
      assert.ok(error instanceof FileError && error instanceof TotemError);
      assert.equal(
        error.message,
        "Cannot read /none/such: there is no such file or folder",
      );
      assert.equal(error.reason, "there is no such file or folder");
      assert.ok(error.cause instanceof Deno.errors.NotFound);
      return true;
    },
  );
  const corrupt = (message: string) => () =>
    Promise.reject(new CorruptWeightsError(message));
  await assert.rejects(withFile("verify", "a.bin", corrupt("no header")), {
    name: "CorruptWeightsError",
    message: "Cannot verify a.bin: no header",
  });
  await assert.rejects(
    withFile("verify", "a.bin", corrupt("Cannot read it as it is cut")),
    { message: "a.bin: Cannot read it as it is cut" },
  );
  await assert.rejects(withFile("verify", "a.bin", corrupt("a.bin is cut")), {
    message: "a.bin is cut",
  });
});

Deno.test("withFile() passes on what isn't the file's fault", async () => {
  for (
    const fault of [
      new TypeError("ours"),
      new Deno.errors.NotCapable("Requires read access"),
      new FileError("read", "b", "it is a folder"),
    ]
  ) {
    const failing = withFile("read", "a", () => Promise.reject(fault));
    await assert.rejects(failing, (error) => error === fault);
  }
});

Deno.test("withOpenFile() names the file, unless nobody reads it any more", () => {
  const full = Object.assign(new Error("No space left (os error 28)"), {
    code: "ENOSPC",
  });
  const writing = (error: Error) => () =>
    withOpenFile("write", "a.npy", () => {
      throw error;
    });
  assert.throws(writing(full), {
    name: "FileError",
    message:
      "Cannot write a.npy: the disk is full: free some space, or choose another disk",
  });
  const broken = new Deno.errors.BrokenPipe();
  assert.throws(writing(broken), (error) => error === broken);
  assert.equal(withOpenFile("write", "a.npy", () => 1), 1);
});

Deno.test("explainSystemError() has the file that the system names", async () => {
  const explained = async (action: () => Promise<unknown>) =>
    explainSystemError(await action().then(() => null!, (error) => error));
  assert.equal(
    await explained(() => Deno.stat("/none/such")),
    "Cannot read /none/such: there is no such file or folder",
  );
  assert.equal(
    await explained(() => Deno.rename("/none/such", "/none/other")),
    "Cannot rename /none/such: there is no such file or folder",
  );
  assert.equal(
    await explained(() => Deno.mkdir("/none/such")),
    "Cannot make the folder /none/such: there is no such file or folder",
  );
  // In Node's wording.
  const ofNode = Object.assign(
    new Error("ENOENT: no such file or directory, scandir '/none/such'"),
    { code: "ENOENT" },
  );
  assert.equal(
    explainSystemError(ofNode),
    "Cannot read /none/such: there is no such file or folder",
  );
  // Errors without a text of ours show the system's in brackets.
  const odd = Object.assign(new Error("Odd (os error 99): open 'a'"), {
    code: "EODD",
  });
  assert.equal(
    explainSystemError(odd),
    "Cannot open a: the system refuses it (Odd (os error 99): open 'a')",
  );
  assert.equal(explainSystemError(new Error("ours")), null);
});

Deno.test("messageOf() has the option that decodes a truncated JPEG", async () => {
  const photo = await Deno.readFile(
    new URL("../../examples/photos/fig.jpg", import.meta.url),
  );
  const error = await decodeImage(photo.subarray(0, 9000)).catch((it) => it);
  assert.match(
    messageOf(error),
    /^Cannot decode the JPEG as it is truncated: .* To decode it all the same, give --allow-truncated$/,
  );
});

Deno.test("messageOf() and the log leave out modules, which no command hands in", () => {
  const unavailable = (message: string) =>
    new DecoderUnavailableError(message, "heic");
  const messages = [
    ...(["deno", "node"] as const).map((it) => `No decoder: ${howToGet(it)}.`),
    `Not loaded: cut; ${handInHint("heic", undefined)}`,
  ];
  const expected = [
    "No decoder: run deno cache npm:libheif-js@1.23.2 where npm can be reached. If you run Totem with --lock, add --unstable-npm-lazy-caching.",
    "No decoder: run npm install libheif-js@1.23.2, with -g if Totem was installed with -g.",
    "Not loaded: cut",
  ];
  assert.deepEqual(
    messages.map((it) => messageOf(unavailable(it))),
    expected,
  );
  const lines: string[] = [];
  const io = { tell: (it: string) => void lines.push(it) } as Terminal;
  for (const it of messages) {
    logRequest(io, "text", {
      ...{ method: "POST", path: "/classify", route: "/classify", status: 415 },
      ...{ ms: 1, bytes: 1, images: 1, error: unavailable(it) },
    });
  }
  assert.deepEqual(
    lines.map((it) => it.replace(/^.*?DecoderUnavailableError: /, "")),
    expected,
  );
});

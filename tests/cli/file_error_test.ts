import assert from "node:assert/strict";
import {
  explainSystemError,
  FileError,
  withFile,
} from "../../src/cli/file_error.ts";
import { CorruptWeightsError, TotemError } from "../../src/errors.ts";

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
    "Cannot mkdir /none/such: there is no such file or folder",
  );
  assert.equal(explainSystemError(new Error("ours")), null);
});

import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { run } from "./in_process.ts";
import { overriding } from "./overriding.ts";
import { PHOTOS, totem } from "./totem.ts";

/** Some photos in `photos/`, one of them in a subfolder, and a small model. */
export async function photoFolder() {
  const folder = await temporaryFolder();
  const file = await fileOf(await narrowNetwork());
  const { path } = folder;
  const out = `${path}/index.safetensors`;
  const model = ["--model", file.path, "--variant", "75", "--threads", "1"];
  const permissions = ["--allow-read", `--allow-write=${path}`];
  await Deno.mkdir(`${path}/photos/land`, { recursive: true });
  await Deno.copyFile(`${PHOTOS}/alp.jpg`, `${path}/photos/land/alp.jpg`);
  for (const name of ["drum", "fig"]) {
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, `${path}/photos/${name}.jpg`);
  }
  const command = ["index", `${path}/photos`, "--out", out, ...model];
  return {
    path,
    out,
    model,
    permissions,
    photos: `${path}/photos`,
    index: (...args: string[]) => run(overriding(command, args)),
    /** Like `index`, in a process that may write only to the folder. */
    indexApart: (...args: string[]) =>
      totem(overriding(command, args), { permissions }),
    search: (photo: string, ...args: string[]) =>
      run(overriding(["search", photo, "--index", out, ...model], args)),
    /** Like `search`, in a process with the folder as working directory. */
    searchThere: (photo: string, ...args: string[]) =>
      totem(overriding(["search", photo, "--index", out, ...model], args), {
        permissions,
        cwd: path,
      }),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}

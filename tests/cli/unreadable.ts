/** Makes a folder unreadable, for root too, until disposed. */
export function unreadable(folder: string): Disposable {
  const { readDir } = Deno;
  Deno.readDir = (path) => {
    if (path !== folder) return readDir(path);
    const fault = new Deno.errors.PermissionDenied(
      `Permission denied (os error 13): readdir '${folder}'`,
    );
    throw Object.assign(fault, { code: "EACCES" });
  };
  return {
    [Symbol.dispose]() {
      Deno.readDir = readDir;
    },
  };
}

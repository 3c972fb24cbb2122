/** Lets a folder be one that may not be read, for root too, until it is disposed. */
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

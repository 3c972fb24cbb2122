/**
 * Calls `action` before each read of a folder in this process, until disposed.
 *
 * @param action Gets the folder's path, and how often it has been read, this time
 * included.
 */
export function onFolderRead(
  action: (path: string, time: number) => void,
): Disposable {
  const { readDir } = Deno;
  const times = new Map<string, number>();
  Deno.readDir = (path) => {
    const time = (times.get(`${path}`) ?? 0) + 1;
    times.set(`${path}`, time);
    action(`${path}`, time);
    return readDir(path);
  };
  return {
    [Symbol.dispose]() {
      Deno.readDir = readDir;
    },
  };
}

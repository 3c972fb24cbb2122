import type { DataSet } from "../../../src/weights/hdf5/data_set.ts";
import type { Group } from "../../../src/weights/hdf5/open.ts";

/** The content of an HDF5 file: groups by name, and the shapes of tensors. */
export interface FakeFile {
  readonly [name: string]: FakeFile | readonly number[];
}

/**
 * Mocks a group of an HDF5 file.
 *
 * @param texts The attributes of groups, by path and name.
 */
export function fakeGroup(
  file: FakeFile,
  texts: Readonly<Record<string, readonly string[]>> = {},
  path = "",
): Group {
  const find = (name: string) =>
    name.split("/").reduce<FakeFile | readonly number[] | undefined>(
      (found, part) =>
        found !== undefined && isGroup(found) ? found[part] : undefined,
      file,
    );
  return {
    texts: (name) => texts[`${path}${name}`],
    group(name) {
      const found = find(name);
      return found !== undefined && isGroup(found)
        ? fakeGroup(found, texts, `${path}${name}/`)
        : undefined;
    },
    dataSet(name): DataSet | undefined {
      const shape = find(name);
      if (shape === undefined || isGroup(shape)) return undefined;
      return { dtype: "F32", shape, offset: 0, length: 4 };
    },
    // In an arbitrary order.
    members: () => Object.keys(file).sort().reverse(),
  };
}

function isGroup(it: FakeFile | readonly number[]): it is FakeFile {
  return !Array.isArray(it);
}

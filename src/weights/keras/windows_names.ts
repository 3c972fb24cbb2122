import type { Group } from "../hdf5/open.ts";

/**
 * The root of a file with properly nested groups. On Windows, Keras 2 named each group after
 * its whole path, such as `_layer_checkpoint_dependencies\conv2d`.
 */
export function asTree(root: Group): Group {
  /** The names in each path. Paths don't begin with a backslash. */
  const members = new Map<string, Set<string>>();
  for (const name of root.members()) {
    const parts = name.split("\\", MAX_PARTS);
    if (parts.length < 2 || parts.length === MAX_PARTS) continue;
    let path = "";
    for (const part of parts) {
      const known = members.get(path);
      if (known === undefined) members.set(path, new Set([part]));
      else known.add(part);
      path = joined(path, part);
    }
  }
  if (members.size === 0) return root;

  const groupAt = (path: string, own: Group | undefined): Group => ({
    texts: (name) => own?.texts(name),
    dataSet: (name) => own?.dataSet(name),
    members: () => [...members.get(path) ?? own?.members() ?? []],
    group(name) {
      const inner = joined(path, name);
      const found = root.group(inner);
      return found !== undefined || members.has(inner)
        ? groupAt(inner, found)
        : own?.group(name);
    },
  });
  return groupAt("", root);
}

/** Maximum number of names in a path. Models nest 8 deep, with two names per level. */
const MAX_PARTS = 20;

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}\\${name}`;
}

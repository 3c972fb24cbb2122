import { withWorkspace } from "../../src/image/workspace.ts";

/** Takes all idle workspaces, so that what `use` decodes begins with a new one. */
export async function withoutIdle<T>(
  use: () => Promise<T>,
  most = 8,
): Promise<T> {
  return most === 0
    ? await use()
    : await withWorkspace(undefined, () => withoutIdle(use, most - 1));
}

import { withWorkspace } from "../../src/image/workspace.ts";

/** Takes all idle workspaces while `use` runs, so that it starts with a new one. */
export async function withoutIdle<T>(
  use: () => Promise<T>,
  most = 64,
): Promise<T> {
  return most === 0
    ? await use()
    : await withWorkspace(undefined, () => withoutIdle(use, most - 1));
}

/**
 * Runs a subcommand of this Deno, such as `bundle`.
 *
 * @param folder Where it runs; unless given, where this process does.
 * @returns What it prints.
 * @throws {Error} What it says on standard error, when it fails.
 */
export async function runDeno(
  args: readonly string[],
  folder?: URL,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    ...folder && { cwd: folder },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

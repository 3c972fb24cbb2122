/**
 * Runs a subcommand of this Deno, such as `bundle`.
 *
 * @param folder The working directory; by default that of this process.
 * @returns Its standard output.
 * @throws {Error} With its standard error, if it fails.
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

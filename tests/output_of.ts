/** A program's exit code and output. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function outputOf(
  program: string,
  options: Deno.CommandOptions,
): Promise<Output> {
  const output = await new Deno.Command(program, options).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

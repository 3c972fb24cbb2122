/** Whether npm's registry is reachable and has `name/version`. */
export async function npmHas(version: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`https://registry.npmjs.org/${version}`, {
      // Tests are skipped without a response; on a busy machine it may take long.
      signal: AbortSignal.timeout(60_000),
    });
    return ok;
  } catch {
    return false;
  }
}

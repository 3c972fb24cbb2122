/** Whether npm's registry can be reached, and has `name/version`. */
export async function npmHas(version: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`https://registry.npmjs.org/${version}`, {
      // Without an answer tests are skipped: a busy machine may take long to get it.
      signal: AbortSignal.timeout(60_000),
    });
    return ok;
  } catch {
    return false;
  }
}

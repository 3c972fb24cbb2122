/** Whether npm's registry can be reached, and has `name/version`. */
export async function npmHas(version: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`https://registry.npmjs.org/${version}`, {
      signal: AbortSignal.timeout(10_000),
    });
    return ok;
  } catch {
    return false;
  }
}

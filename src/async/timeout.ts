/** Resolves to the outcome of `work`. Throws after `ms`, while the work continues. */
export async function withTimeout<T>(
  ms: number,
  work: Promise<T>,
  late: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    // Timers are limited to 31 bits: about 25 days.
    if (ms < 2 ** 31) timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

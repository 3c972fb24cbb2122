/** Returns `args` without the options that `others` also has, followed by `others`. */
export function overriding(
  args: readonly string[],
  others: readonly string[],
): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const isReplaced = args[i]!.startsWith("--") && others.includes(args[i]!);
    if (isReplaced) i++;
    else kept.push(args[i]!);
  }
  return [...kept, ...others];
}

/**
 * The end of a message about an unknown name: the nearest of `names`, if it is at most
 * two typing errors away; else the only one that has it as a word or begins with it;
 * else nothing. Case is ignored.
 */
export function didYouMean(asked: string, names: readonly string[]): string {
  const most = Math.min(2, Math.floor(asked.length / 3));
  const [nearest] = names
    .map((name) => ({
      name,
      errors: typingErrors(asked.toLowerCase(), name.toLowerCase()),
    }))
    .filter(({ errors }) => errors <= most)
    .sort((a, b) => a.errors - b.errors);
  const meant = nearest?.name ?? onlyLonger(asked, names);
  return meant === undefined ? "" : `: did you mean ${meant}?`;
}

/** The fewest letters that stand for the name that begins with them. */
const MIN_PREFIX = 4;

/** The only name of which `asked` is a word or the beginning. */
function onlyLonger(
  asked: string,
  names: readonly string[],
): string | undefined {
  const part = bare(asked).toLowerCase();
  const longer = names.filter((name) =>
    wordsOf(name).includes(part) ||
    (part.length >= MIN_PREFIX && bare(name).toLowerCase().startsWith(part))
  );
  return longer.length === 1 ? longer[0] : undefined;
}

/** A name without the dashes of an option. */
function bare(name: string): string {
  return name.replace(/^-+/, "");
}

/** The words of a name with dashes or in camel case, in small letters. */
function wordsOf(name: string): readonly string[] {
  return bare(name).split(/-|(?=[A-Z])/).map((it) => it.toLowerCase());
}

/** The distance of optimal string alignment. */
function typingErrors(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
